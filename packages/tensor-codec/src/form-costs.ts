import { type Codes, varintLength } from "@deep-compression/bits";
import { zeroIndex } from "@deep-compression/codebook";
import { CHUNK_SYMBOLS, histogram, streamCost } from "@deep-compression/huffman";
import { type GapSummary, gapCounts, maskCounts, type SparseVector, summarizeGaps } from "@deep-compression/sparse";

/** What the streams of scanned entries depend on, counted chunk by chunk, so that all widths of gaps are costed at once. */
export interface EntryCounts {
  readonly entries: number;
  /** Place of 0 among the centroids. */
  readonly zero: number;
  readonly values: readonly Uint32Array[];
  readonly gaps: readonly GapSummary[];
}

/** Codes of wide alphabets are counted as a whole: their tables are too long to have several. */
const CHUNKED_ALPHABET = 1024;

/** Counts entries in scan order, none of whose codes means 0. */
export function countEntries({ positions, values }: SparseVector<Codes>, centroids: Float32Array): EntryCounts {
  const alphabet = Math.max(1, centroids.length);
  const chunk = alphabet <= CHUNKED_ALPHABET ? CHUNK_SYMBOLS : Math.max(1, values.length);
  const starts = Array.from({ length: Math.max(1, Math.ceil(values.length / chunk)) }, (_, i) => i * chunk);
  return {
    entries: positions.length,
    zero: zeroIndex(centroids),
    values: starts.map((start) => histogram(values.subarray(start, start + chunk), alphabet)),
    gaps: summarizeGaps(positions, CHUNK_SYMBOLS),
  };
}

/** Bytes of the streams of the gaps form, and of what stands before them in the section: their lengths and number. */
export function gapsCost({ entries, zero, values, gaps }: EntryCounts, gapBits: number): number {
  const stored = gaps.map((summary) => gapCounts(summary, gapBits));
  const fillers = stored.map((chunk) => chunk.fillers);
  const all = fillers.reduce((sum, count) => sum + count, 0);
  const withFillers = values.map((counts, i) => withZeros(counts, zero, values.length === 1 ? all : fillers[i]!));
  const valueBytes = streamCost(withFillers);
  return (
    varintLength(entries + all) + varintLength(valueBytes) + valueBytes + streamCost(stored.map(({ counts }) => counts))
  );
}

/** Likewise of the bitmask form, of a scan of `length` elements. */
export function bitmaskCost(
  { values }: EntryCounts,
  { positions, length }: Pick<SparseVector, "positions" | "length">,
): number {
  const mask = streamCost(maskCounts(positions, { length, chunk: CHUNK_SYMBOLS }));
  return varintLength(mask) + mask + streamCost(values);
}

/** Bytes of the value stream of the dense form: codes of these counts, and so many zeros that have no code yet. */
export function denseCost(counts: Uint32Array, { zero, zeros }: { readonly zero: number; readonly zeros: number }) {
  return streamCost([zeros > 0 ? withZeros(counts, zero, zeros) : counts]);
}

/** Counts with room for those of the code of 0. Without a centroid there is no entry, and the only code is that of 0. */
function withZeros(counts: Uint32Array, zero: number, zeros: number): Uint32Array {
  if (counts.length === 1 && counts[0] === 0) return Uint32Array.of(zeros);
  const all = new Uint32Array(counts.length + 1);
  all.set(counts.subarray(0, zero));
  all.set(counts.subarray(zero), zero + 1);
  all[zero] = zeros;
  return all;
}
