import { codeLengthsByLimit } from "./code-lengths";
import { bitWidth, presentSymbols } from "./histogram";
import { countedBits } from "./prefix-encoder";
import { cheapestCoding } from "./rice-codings";

/** Of up to this many symbols none has more than 12 bits: the decoder's table holds them all. */
const SHORT_CODE_SYMBOLS = 1024;
export const SHORT_CODE_LENGTH = 12;
const LONG_CODE_LENGTH = 20;

/** Most bits of a code word among `symbols` symbols present in a stream (docs/format.md, "Choice of mode", "Chunks"). */
export function codeLengthLimit(symbols: number): number {
  return symbols <= SHORT_CODE_SYMBOLS ? SHORT_CODE_LENGTH : LONG_CODE_LENGTH;
}

/** A prefix code as a stream holds it. */
export interface PrefixCode {
  readonly lengths: Uint8Array;
  readonly tableBits: number;
  /** Bits of the code words of the symbols it was made for. */
  readonly dataBits: number;
}

/**
 * The prefix code that takes the fewest bits with its table for at least two symbols that occur: a lower limit on the
 * lengths costs bits of data, but evens the table out. Among equals the lowest limit (docs/format.md, "Choice of mode").
 */
export function cheapestPrefixCode(counts: Uint32Array): PrefixCode {
  const present = presentSymbols(counts);
  const own = new Uint32Array(present.length);
  for (let i = 0; i < present.length; i++) own[i] = counts[present[i]!]!;
  const maximum = codeLengthLimit(present.length);
  const minimum = maximum === SHORT_CODE_LENGTH ? bitWidth(present.length) : maximum;
  let best: PrefixCode | undefined;
  let before: Uint8Array | undefined;
  for (const lengths of codeLengthsByLimit(own, { minimum, maximum })) {
    if (before !== undefined && areEqual(lengths, before)) continue; // few symbols need no long ones
    before = lengths;
    const tableBits = cheapestCoding({ alphabet: counts.length, present, lengths }).bits;
    const dataBits = countedBits(lengths, own);
    if (best === undefined || tableBits + dataBits < best.tableBits + best.dataBits)
      best = { lengths, tableBits, dataBits };
  }
  if (best === undefined) throw new RangeError("counts: expected those of at least two symbols, got fewer");
  const lengths = new Uint8Array(counts.length);
  for (let i = 0; i < present.length; i++) lengths[present[i]!] = best.lengths[i]!;
  return { ...best, lengths };
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
