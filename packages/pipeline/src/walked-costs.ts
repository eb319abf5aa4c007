import { type Codes, varintLength } from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";
import type { SparseVector } from "@deep-compression/sparse";
import { type GapSummary, gapCounts, maskCounts, summarizeGaps } from "./gap-counts";
import { zeroIndex } from "./stored-weight";
import { EXACT_SYMBOLS, streamCost } from "./stream-cost";

/** Entries in the order of a walk: their positions in it and their codes, none of which means 0. */
export interface WalkedEntries extends SparseVector<Codes> {
  readonly centroids: Float32Array;
}

/** What the streams of entries depend on, counted chunk by chunk, so that all widths of gaps are costed at once. */
export interface WalkedCounts {
  readonly entries: number;
  readonly zero: number;
  readonly values: readonly Uint32Array[];
  readonly gaps: readonly GapSummary[];
}

/** Codes of wide alphabets are counted as a whole: their tables are too long to have several. */
const CHUNKED_ALPHABET = 1024;

export function countWalked({ positions, values, centroids }: WalkedEntries): WalkedCounts {
  const alphabet = Math.max(1, centroids.length);
  const chunk = alphabet <= CHUNKED_ALPHABET ? EXACT_SYMBOLS : Math.max(1, values.length);
  const starts = Array.from({ length: Math.max(1, Math.ceil(values.length / chunk)) }, (_, i) => i * chunk);
  return {
    entries: positions.length,
    zero: zeroIndex(centroids),
    values: starts.map((start) => histogram(values.subarray(start, start + chunk), alphabet)),
    gaps: summarizeGaps(positions, EXACT_SYMBOLS),
  };
}

/** Bytes of the streams of the gaps form, and of what stands before them in the section: their lengths and number. */
export function gapsCost({ entries, zero, values, gaps }: WalkedCounts, gapBits: number): number {
  const stored = gaps.map((summary) => gapCounts(summary, gapBits));
  const fillers = stored.map((chunk) => chunk.fillers);
  const all = fillers.reduce((sum, count) => sum + count, 0);
  const withFillers = values.map((counts, i) => withZero(counts, zero, values.length === 1 ? all : fillers[i]));
  const valueBytes = streamCost(withFillers);
  return (
    varintLength(entries + all) + varintLength(valueBytes) + valueBytes + streamCost(stored.map(({ counts }) => counts))
  );
}

/** Likewise of the bitmask form, of a walk of `length` elements. */
export function bitmaskCost({ values }: WalkedCounts, { positions, length }: WalkedEntries): number {
  const mask = streamCost(maskCounts(positions, { length, chunk: EXACT_SYMBOLS }));
  return varintLength(mask) + mask + streamCost(values);
}

/** Counts with room for those of the code of 0. Without a centroid there is no entry, and the only code is that of 0. */
function withZero(counts: Uint32Array, zero: number, zeros: number): Uint32Array {
  if (counts.length === 1 && counts[0] === 0) return Uint32Array.of(zeros);
  const all = new Uint32Array(counts.length + 1);
  all.set(counts.subarray(0, zero));
  all.set(counts.subarray(zero), zero + 1);
  all[zero] = zeros;
  return all;
}
