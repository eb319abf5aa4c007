import { checkLength, checkNumbers } from "@deep-compression/runtime";
import type { Distribution } from "./distribution";
import type { Cells } from "./entropy-cells";
import type { EntropyConstrainedFit } from "./entropy-constrained";
import { rangeDistortion, rangeEnergy, rangeMean, sumsAt, sumsBefore } from "./range-sums";

export interface MeasureOptions {
  readonly lambda: number;
  readonly bitsPerCentroid: number;
  /** What a centroid is where it is stored. */
  readonly round: (centroid: number) => number;
  /** Default ideal, -log2 p. */
  readonly codeLengths?: (counts: Uint32Array) => ArrayLike<number>;
}

export interface MeasuredCells {
  readonly cells: Cells;
  readonly fit: EntropyConstrainedFit;
  /** Bits of each symbol. */
  readonly lengths: ArrayLike<number>;
  readonly cost: number;
}

/** Centroids, thresholds, counts, distortion and rate of cells. */
export function codebookOfCells(data: Distribution, cells: Cells, options: MeasureOptions): MeasuredCells {
  const { lambda, bitsPerCentroid, round, codeLengths = idealLengths } = options;
  const { cuts } = cells;
  const size = cuts.length - 1;
  const counts = new Uint32Array(size);
  const centroids = Float32Array.from({ length: size }, (_, k) => centroidOf(data, cells, k, round));
  const sums = sumsAt(data, cuts);
  let distortion = 0;
  for (let k = 0; k < size; k++) {
    counts[k] = sums.rank[k + 1] - sums.rank[k] + (k === cells.zeroCell ? data.zeros : 0);
    distortion += errorAround(data, cuts[k], cuts[k + 1], centroids[k]);
  }
  const lengths = codeLengths(counts);
  checkLength("codeLengths(counts)", lengths.length, size);
  checkNumbers("codeLengths(counts)", lengths, { minimum: 0 });
  let bits = bitsPerCentroid * size;
  for (let k = 0; k < size; k++) bits += counts[k] * lengths[k];
  const fit = { centroids, thresholds: thresholdsOf(data, cells), counts, distortion, bits };
  return { cells, fit, lengths, cost: distortion + lambda * bits };
}

/** Cells whose centroids are stored as the same number become one; a cell of 0 that nothing falls into is left out. */
export function mergeEqualCentroids(data: Distribution, cells: Cells, round: (centroid: number) => number): Cells {
  const { cuts } = cells;
  const kept: number[] = [];
  let zeroCell = -1;
  let before = Number.NaN;
  for (let k = 0; k < cuts.length - 1; k++) {
    const isZero = k === cells.zeroCell;
    if (isZero && cuts[k] === cuts[k + 1] && data.zeros === 0) continue;
    const centroid = centroidOf(data, cells, k, round);
    if (centroid !== before) kept.push(cuts[k]);
    if (isZero) zeroCell = kept.length - 1;
    before = centroid;
  }
  kept.push(cuts[cuts.length - 1]);
  return { cuts: Uint32Array.from(kept), zeroCell };
}

function centroidOf(data: Distribution, cells: Cells, k: number, round: (centroid: number) => number): number {
  if (k === cells.zeroCell) return 0;
  return Math.fround(round(rangeMean(data, cells.cuts[k], cells.cuts[k + 1]))) + 0; // + 0 makes -0 a 0
}

function errorAround(data: Distribution, start: number, end: number, centroid: number): number {
  if (start === end) return 0;
  if (centroid === 0) return rangeEnergy(data, start, end);
  const offset = rangeMean(data, start, end) - centroid;
  const weight = sumsBefore(data, end).weight - sumsBefore(data, start).weight;
  return rangeDistortion(data, start, end) + weight * offset * offset;
}

/** Half way between the points on both sides of a cut, which float64 holds exactly; 0 always falls into its own cell. */
function thresholdsOf({ points }: Distribution, { cuts, zeroCell }: Cells): Float64Array {
  return Float64Array.from({ length: Math.max(0, cuts.length - 2) }, (_, k) => {
    const cut = cuts[k + 1];
    const below = k === zeroCell ? Math.max(0, points[cut - 1] ?? 0) : points[cut - 1];
    const above = k + 1 === zeroCell ? Math.min(0, points[cut] ?? 0) : points[cut];
    return (below + above) / 2;
  });
}

function idealLengths(counts: Uint32Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float64Array.from(counts, (count) => (count === 0 ? 0 : Math.log2(total / count)));
}
