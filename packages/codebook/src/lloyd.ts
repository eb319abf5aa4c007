import type { Distribution } from "./distribution";
import { cutCells } from "./initial-centroids";
import { firstAbove, rangeDistortion, rangeMean, rangeSums } from "./range-sums";

export interface LloydResult {
  /** Cell i is points cuts[i] to cuts[i + 1]; none is empty. */
  readonly cuts: Uint32Array;
  readonly iterations: number;
}

/**
 * Cells by Lloyd's algorithm over the distinct points: centroids to the means of their cells, cells to the nearest centroid,
 * until the cells stay, the distortion falls no more, or `maxIterations`. A centroid costs one binary search an iteration.
 *
 * @param cuts may have empty cells between them; there are more points than cells
 */
export function lloyd(data: Distribution, cuts: Uint32Array, maxIterations: number): LloydResult {
  let current = refillEmptyCells(data, cuts);
  let distortion = totalDistortion(data, current);
  let iterations = 0;
  while (iterations < maxIterations) {
    const next = refillEmptyCells(data, cutCells(data.points, cellMeans(data, current)));
    const nextDistortion = totalDistortion(data, next);
    iterations++;
    if (!(nextDistortion < distortion)) break;
    current = next;
    distortion = nextDistortion;
  }
  return { cuts: current, iterations };
}

/** The mean of each cell. */
export function cellMeans(data: Distribution, cuts: Uint32Array): Float64Array {
  const means = new Float64Array(cuts.length - 1);
  for (let i = 0; i < means.length; i++) means[i] = rangeMean(data, rangeSums(data, cuts[i]!, cuts[i + 1]!));
  return means;
}

/** The squared error of all points about the means of their cells. */
export function totalDistortion(data: Distribution, cuts: Uint32Array): number {
  let sum = 0;
  for (let i = 1; i < cuts.length; i++) sum += rangeDistortion(rangeSums(data, cuts[i - 1]!, cuts[i]!));
  return sum;
}

/**
 * As many cells, none empty. With e empty ones, the e cells of the largest distortion (of those with two points or more; ties
 * to the lower) are split at their means, which can only lower the distortion; repeated while a cell is empty.
 */
export function refillEmptyCells(data: Distribution, cuts: Uint32Array): Uint32Array {
  const size = cuts.length - 1;
  let filled = cuts.filter((cut, i) => cut !== cuts[i - 1]);
  while (filled.length - 1 < size) {
    const cells = splittableCells(data, filled).slice(0, size + 1 - filled.length);
    const splits = cells.map(({ start, end }) => splitPoint(data, start, end));
    filled = Uint32Array.from([...filled, ...splits]).sort();
  }
  return filled;
}

/** Cells of two points or more, the largest distortion first. */
function splittableCells(data: Distribution, cuts: Uint32Array) {
  const cells = [];
  for (let i = 1; i < cuts.length; i++) {
    const [start, end] = [cuts[i - 1]!, cuts[i]!];
    if (end - start > 1) cells.push({ start, end, distortion: rangeDistortion(rangeSums(data, start, end)) });
  }
  return cells.sort((a, b) => b.distortion - a.distortion || a.start - b.start);
}

/** The first point above the mean, such that both sides hold a point. */
function splitPoint(data: Distribution, start: number, end: number): number {
  const split = firstAbove(data.points, rangeMean(data, rangeSums(data, start, end)));
  return Math.min(Math.max(split, start + 1), end - 1);
}
