import { type Codes, varintLength } from "@deep-compression/bits";
import { type SharedValues, zeroIndex } from "@deep-compression/codebook";
import { CHUNK_SYMBOLS, histogram, leastStreamBytes, streamCost } from "@deep-compression/huffman";
import {
  type GapSummary,
  gapCounts,
  maskCounts,
  type SparseVector,
  type SubmatrixCounts,
  summarizeGaps,
} from "@deep-compression/sparse";

/** About what streams take. */
export interface FormCost {
  readonly bytes: number;
  /** Whether they take just so many: all are of one chunk, and none may be written as run lengths. */
  readonly isExact: boolean;
}

/** What streams take: fewer than so many bytes they hardly do, which is known soon; the rest is found when it is asked for. */
export interface BoundedCost {
  readonly least: number;
  readonly cost: () => FormCost;
}

/** What the streams of scanned entries depend on, counted chunk by chunk, so that all widths of gaps are costed at once. */
export interface EntryCounts {
  readonly entries: number;
  readonly gaps: readonly GapSummary[];
  /** Of the bytes of the mask. */
  readonly mask: readonly Uint32Array[];
  /** The cost of the values, with so many fillers among each chunk of them; without, as if there were none and no code for them. */
  readonly valueCost: (fillers?: readonly number[]) => BoundedCost;
}

/** Codes of wide alphabets are counted as a whole: their tables are too long to have several. */
const CHUNKED_ALPHABET = 1024;

/** Codes to a chunk that is counted by itself. */
function chunkLength(codes: Codes, centroids: Float32Array): number {
  return isCountedInChunks(centroids) ? CHUNK_SYMBOLS : Math.max(1, codes.length);
}

/**
 * The costs of codes, none of which means 0, that are counted as one chunk: their order, and so the layout, does not change
 * them, and each is found once. Undefined for more codes.
 */
export function commonValueCost(codes: Codes, centroids: Float32Array): EntryCounts["valueCost"] | undefined {
  if (codes.length > chunkLength(codes, centroids)) return undefined;
  const known = new Map<number, BoundedCost>();
  const valueCost = costOfValues(codes, centroids);
  return (fillers) => {
    const key = fillers === undefined ? -1 : sumOf(fillers);
    const cost = known.get(key) ?? valueCost(fillers);
    known.set(key, cost);
    return cost;
  };
}

/** Counts entries in scan order, none of whose codes means 0. @param valueCost of the codes in any order, if it is known */
export function countEntries(
  { positions, values, length }: SparseVector<Codes>,
  { centroids, valueCost }: { readonly centroids: Float32Array; readonly valueCost?: EntryCounts["valueCost"] },
): EntryCounts {
  return {
    entries: positions.length,
    gaps: summarizeGaps(positions, CHUNK_SYMBOLS),
    mask: maskCounts(positions, { length, chunk: CHUNK_SYMBOLS }),
    valueCost: valueCost ?? costOfValues(values, centroids),
  };
}

/**
 * The same from the counts of submatrices in the order of their scan, about: as if each were the same all over.
 *
 * @param codes all of them, for what submatrices do not count
 */
export function countSubmatrices(
  submatrices: readonly SubmatrixCounts[],
  { codes, centroids }: SharedValues,
): EntryCounts {
  const gaps = inChunks(submatrices, { length: ({ entries }) => entries, counts: (one) => one.gaps.low });
  const high = inChunks(submatrices, { length: ({ entries }) => entries, counts: (one) => [one.gaps.high] });
  const values = () => inChunks(submatrices, { length: ({ entries }) => entries, counts: (one) => one.values });
  return {
    entries: codes.length,
    gaps: gaps.map((low, chunk) => ({ low, high: high[chunk]![0]! })),
    mask: inChunks(submatrices, { length: ({ elements }) => elements / 8, counts: ({ mask }) => mask }),
    valueCost: isCountedInChunks(centroids) ? costOfCounts(values(), centroids) : costOfValues(codes, centroids),
  };
}

/** The counts of each chunk of symbols: where one begins within a submatrix, that is cut in proportion. */
function inChunks(
  submatrices: readonly SubmatrixCounts[],
  options: {
    readonly length: (submatrix: SubmatrixCounts) => number;
    readonly counts: (submatrix: SubmatrixCounts) => ArrayLike<number>;
  },
): Uint32Array[] {
  const lengths = submatrices.map(options.length);
  const chunks = Math.max(1, Math.ceil(sumOf(lengths) / CHUNK_SYMBOLS));
  const sums = Array.from({ length: chunks }, () => new Float64Array(options.counts(submatrices[0]!).length));
  let start = 0;
  for (const [i, submatrix] of submatrices.entries()) {
    const counts = options.counts(submatrix);
    const end = start + lengths[i]!;
    if (end === start) continue;
    for (let chunk = Math.floor(start / CHUNK_SYMBOLS); chunk < chunks && chunk * CHUNK_SYMBOLS < end; chunk++) {
      const [from, to] = [Math.max(start, chunk * CHUNK_SYMBOLS), Math.min(end, (chunk + 1) * CHUNK_SYMBOLS)];
      const sum = sums[chunk]!;
      for (let symbol = 0; symbol < sum.length; symbol++)
        sum[symbol]! += (counts[symbol]! * (to - from)) / (end - start);
    }
    start = end;
  }
  return sums.map((sum) => Uint32Array.from(sum, Math.round));
}

/** Whether codes of so many centroids are counted chunk by chunk. */
export function isCountedInChunks(centroids: Float32Array): boolean {
  return centroids.length <= CHUNKED_ALPHABET;
}

function costOfValues(codes: Codes, centroids: Float32Array): EntryCounts["valueCost"] {
  const chunk = chunkLength(codes, centroids);
  const starts = Array.from({ length: Math.max(1, Math.ceil(codes.length / chunk)) }, (_, i) => i * chunk);
  const alphabet = Math.max(1, centroids.length);
  return costOfCounts(
    starts.map((start) => histogram(codes.subarray(start, start + chunk), alphabet)),
    centroids,
  );
}

function costOfCounts(values: readonly Uint32Array[], centroids: Float32Array): EntryCounts["valueCost"] {
  const zero = zeroIndex(centroids);
  return (fillers) => {
    if (fillers === undefined) return costOf(values);
    const all = sumOf(fillers);
    return costOf(values.map((counts, i) => withZeros(counts, zero, values.length === 1 ? all : fillers[i]!)));
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** What the stream of symbols of these counts takes. */
function costOf(chunks: readonly Uint32Array[]): BoundedCost {
  const [counts, ...others] = chunks;
  const only = others.length === 0 ? counts : undefined;
  return {
    least: only === undefined ? 0 : leastStreamBytes(only),
    cost: once(() => ({ bytes: streamCost(chunks), isExact: only !== undefined && isExact(only) })),
  };
}

/** The function, which is called once at most. */
export function once<Value extends object>(find: () => Value): () => Value {
  let found: Value | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** Whether one chunk holds all symbols, and none is so many of them that runs of it are tried. */
function isExact(counts: Uint32Array): boolean {
  let [total, most] = [0, 0];
  for (let symbol = 0; symbol < counts.length; symbol++) {
    total += counts[symbol]!;
    most = Math.max(most, counts[symbol]!);
  }
  return total <= CHUNK_SYMBOLS && (2 * most < total || most === total);
}

/** The cost of the streams of the gaps form, and of what stands before them in the section: their lengths and number. */
export function gapsCost({ entries, gaps, valueCost }: EntryCounts, gapBits: number): BoundedCost {
  const stored = gaps.map((summary) => gapCounts(summary, gapBits));
  const fillers = stored.map((chunk) => chunk.fillers);
  const values = valueCost(fillers);
  const positions = costOf(stored.map(({ counts }) => counts));
  const count = varintLength(entries + sumOf(fillers));
  return {
    least: count + 1 + values.least + positions.least,
    cost: () => {
      const [own, rest] = [values.cost(), positions.cost()];
      const bytes = count + varintLength(own.bytes) + own.bytes + rest.bytes;
      return { bytes, isExact: own.isExact && rest.isExact };
    },
  };
}

/** Likewise of the bitmask form. */
export function bitmaskCost({ mask: counts, valueCost }: EntryCounts): BoundedCost {
  const mask = costOf(counts);
  const values = valueCost();
  return {
    least: 1 + mask.least + values.least,
    cost: () => {
      const [own, rest] = [mask.cost(), values.cost()];
      return { bytes: varintLength(own.bytes) + own.bytes + rest.bytes, isExact: own.isExact && rest.isExact };
    },
  };
}

/** Of the value stream of the dense form: codes of these counts, and so many zeros that have no code yet. */
export function denseCost(
  counts: Uint32Array,
  { zero, zeros }: { readonly zero: number; readonly zeros: number },
): BoundedCost {
  return costOf([zeros > 0 ? withZeros(counts, zero, zeros) : counts]);
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
