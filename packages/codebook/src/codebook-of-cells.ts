import { checkLength, checkNumbers } from "@deep-compression/runtime";
import type { Distribution } from "./distribution";
import type { Cells } from "./entropy-cells";
import { type RangeSums, rangeDistortion, rangeEnergy, rangeMean, sumsBefore, sumsBetween } from "./range-sums";

/** A codebook of entropy-constrained quantization, and what it costs. */
export interface EntropyConstrainedFit {
  /** Ascending, distinct. */
  readonly centroids: Float32Array;
  /** One fewer than centroids, ascending: the code of a value is the number of thresholds below it. */
  readonly thresholds: Float64Array;
  /** Values of each code, zeros included. */
  readonly counts: Uint32Array;
  /** The sum of squared errors, each times its importance. */
  readonly distortion: number;
  /** The bits of all codes and of the centroids. */
  readonly bits: number;
}

export interface CodebookOptions {
  readonly lambda: number;
  readonly bitsPerCentroid: number;
  /** What a centroid is where it is stored. */
  readonly round: (centroid: number) => number;
  /** Default ideal, -log2 p. */
  readonly codeLengths?: (counts: Uint32Array) => ArrayLike<number>;
}

export interface CodebookOfCells {
  readonly cells: Cells;
  readonly fit: EntropyConstrainedFit;
  /** Bits of each symbol. */
  readonly lengths: ArrayLike<number>;
  readonly cost: number;
}

/**
 * Centroids, thresholds, counts, distortion and rate of cells. Those whose centroids are stored as the same number become one;
 * a cell of 0 that nothing falls into is left out.
 *
 * @throws as `fitEntropyConstrained`, of `codeLengths`
 */
export function codebookOfCells(data: Distribution, allCells: Cells, options: CodebookOptions): CodebookOfCells {
  const { lambda, bitsPerCentroid, round, codeLengths = idealLengths } = options;
  const unmerged = storedCells(data, allCells, round);
  const cells = mergeEqualCentroids(data, allCells, unmerged);
  const { centroids, counts, distortion } = cells === allCells ? unmerged : storedCells(data, cells, round);
  const size = centroids.length;
  const lengths = codeLengths(counts);
  checkLength("codeLengths(counts)", lengths.length, size);
  checkNumbers("codeLengths(counts)", lengths, { minimum: 0 });
  let bits = bitsPerCentroid * size;
  for (let k = 0; k < size; k++) bits += counts[k]! * lengths[k]!;
  const fit = { centroids, thresholds: thresholdsOf(data, cells), counts, distortion, bits };
  return { cells, fit, lengths, cost: distortion + lambda * bits };
}

type StoredCells = Pick<EntropyConstrainedFit, "centroids" | "counts" | "distortion">;

function storedCells(data: Distribution, { cuts, zeroCell }: Cells, round: (centroid: number) => number): StoredCells {
  const size = cuts.length - 1;
  const centroids = new Float32Array(size);
  const counts = new Uint32Array(size);
  let distortion = 0;
  let low = sumsBefore(data, cuts[0]!);
  for (let k = 0; k < size; k++) {
    const high = sumsBefore(data, cuts[k + 1]!);
    const range = sumsBetween(low, high, { start: cuts[k]!, end: cuts[k + 1]! });
    const isZero = k === zeroCell;
    const centroid = isZero ? 0 : centroidOf(data, range, round);
    centroids[k] = centroid;
    counts[k] = range.rank + (isZero ? data.zeros : 0);
    distortion += errorAround(data, range, centroid);
    low = high;
  }
  return { centroids, counts, distortion };
}

function mergeEqualCentroids(data: Distribution, cells: Cells, { centroids }: Pick<StoredCells, "centroids">): Cells {
  const { cuts } = cells;
  const kept: number[] = [];
  let zeroCell = -1;
  let before = Number.NaN;
  for (let k = 0; k < centroids.length; k++) {
    const isZero = k === cells.zeroCell;
    if (isZero && cuts[k] === cuts[k + 1] && data.zeros === 0) continue;
    if (centroids[k] !== before) kept.push(cuts[k]!);
    if (isZero) zeroCell = kept.length - 1;
    before = centroids[k]!;
  }
  if (kept.length === centroids.length) return cells;
  return { cuts: Uint32Array.from([...kept, ...cuts.slice(-1)]), zeroCell };
}

/** What the mean of a range is stored as. */
function centroidOf(data: Distribution, range: RangeSums, round: (centroid: number) => number): number {
  return Math.fround(round(rangeMean(data, range))) + 0; // + 0 makes -0 a 0
}

function errorAround(data: Distribution, range: RangeSums, centroid: number): number {
  if (range.start === range.end) return 0;
  if (centroid === 0) return rangeEnergy(data, range);
  const offset = rangeMean(data, range) - centroid;
  return rangeDistortion(range) + range.weight * offset * offset;
}

/** Half way between the points on both sides of a cut, which float64 holds exactly; 0 always falls into its own cell. */
function thresholdsOf({ points }: Distribution, { cuts, zeroCell }: Cells): Float64Array {
  const thresholds = new Float64Array(Math.max(0, cuts.length - 2));
  for (let k = 0; k < thresholds.length; k++) {
    const cut = cuts[k + 1]!;
    const below = points[cut - 1] ?? 0; // a cell of 0 may be empty at either end
    const above = points[cut] ?? 0;
    const low = k === zeroCell ? Math.max(0, below) : below;
    thresholds[k] = (low + (k + 1 === zeroCell ? Math.min(0, above) : above)) / 2;
  }
  return thresholds;
}

function idealLengths(counts: Uint32Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float64Array.from(counts, (count) => (count === 0 ? 0 : Math.log2(total / count)));
}
