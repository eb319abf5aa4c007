import { codeLengths, symbolStreamSize } from "@deep-compression/huffman";

/** Up to here the size of a stream follows from its counts; longer streams come in chunks, each padded. */
const EXACT_SYMBOLS = 65536;

/** Bytes that a chunk adds at most: its length, those of three of its streams, and the padding of all four. */
const CHUNK_OVERHEAD = 13;

/**
 * Bytes of a stream of symbols with these counts: exact up to 65,536 symbols, above that exact but for the padding
 * of the chunks and the choice of the code-length limit, which is less than a thousandth.
 */
export function streamCost(counts: Uint32Array): number {
  const symbols = counts.reduce((sum, count) => sum + count, 0);
  if (symbols <= EXACT_SYMBOLS) return symbolStreamSize(counts).bytes;
  const lengths = codeLengths(counts);
  const bits = lengths.reduce((sum, length, symbol) => sum + length * counts[symbol], 0);
  return Math.ceil(bits / 8) + CHUNK_OVERHEAD * Math.ceil(symbols / EXACT_SYMBOLS);
}

/** Every gap width's histogram at once: gaps - 1 modulo 256, and the sum of what is above. */
export interface GapSummary {
  readonly low: Uint32Array;
  readonly high: number;
}

/** Summary of the gaps between ascending positions. */
export function summarizeGaps(positions: Uint32Array): GapSummary {
  const low = new Uint32Array(256);
  let high = 0;
  let next = 0;
  for (let i = 0; i < positions.length; i++) {
    const gap = positions[i] - next;
    low[gap & 255]++;
    high += gap >>> 8;
    next = positions[i] + 1;
  }
  return { low, high };
}

/**
 * Counts of the stored gaps at a width, and the number of fillers among them: a gap - 1 of g becomes g >> width fillers
 * of the longest gap and one entry of its low bits (docs/format.md, "Gaps").
 */
export function gapCounts(
  summary: GapSummary,
  width: number,
): { readonly counts: Uint32Array; readonly fillers: number } {
  const counts = new Uint32Array(2 ** width);
  let fillers = summary.high * 2 ** (8 - width);
  for (let gap = 0; gap < 256; gap++) {
    counts[gap & (counts.length - 1)] += summary.low[gap];
    fillers += summary.low[gap] * (gap >>> width);
  }
  counts[counts.length - 1] += fillers;
  return { counts, fillers };
}
