import { gammaBits, toZigzag } from "@deep-compression/bits";
import { COMPLETE, kraftShare } from "./canonical-codes";
import { bitWidth } from "./histogram";

/**
 * How the entries of a table become bits (docs/format.md, "Code-length table"): an entry is ranked by its zigzag
 * difference from the length before, a run of absent symbols has a rank of its own, and the rank is Rice coded.
 * Neighbouring centroids and gaps have counts alike, so most differences are 0, +1 or -1. Over simulated histograms of pruned
 * layers these four cost 2-3.5 bits an entry, half of what lengths of fixed width cost.
 */
export const CODINGS = [
  { riceBits: 0, absentRank: Infinity },
  { riceBits: 0, absentRank: 3 },
  { riceBits: 1, absentRank: Infinity },
  { riceBits: 2, absentRank: 3 },
] as const;
export const CODING_BITS = 2;

type Coding = (typeof CODINGS)[number];

/** The table as entries up to where the Kraft sum is 1: a zigzag difference from the length before, or minus a run of absents. */
export function tableEntries(lengths: Uint8Array): number[] {
  const entries: number[] = [];
  let previous = bitWidth(lengths.length);
  for (let symbol = 0, sum = 0; sum < COMPLETE; ) {
    const start = symbol;
    while (lengths[symbol] === 0) symbol++;
    if (symbol > start) entries.push(start - symbol);
    entries.push(toZigzag(lengths[symbol] - previous));
    previous = lengths[symbol++];
    sum += kraftShare(previous);
  }
  return entries;
}

/** The coding that takes the fewest bits, the first among equals; infinite where absent symbols have no rank. */
export function cheapestCoding(entries: readonly number[]): { readonly index: number; readonly bits: number } {
  const sizes = CODINGS.map((coding) => {
    let bits = CODING_BITS;
    for (const entry of entries) {
      bits += Math.floor(rankOf(entry, coding) / 2 ** coding.riceBits) + 1 + coding.riceBits;
      if (entry < 0) bits += gammaBits(-entry);
    }
    return bits;
  });
  const bits = Math.min(...sizes);
  return { index: sizes.indexOf(bits), bits };
}

export function rankOf(entry: number, coding: Coding): number {
  if (entry < 0) return coding.absentRank;
  return entry >= coding.absentRank ? entry + 1 : entry;
}
