import type { Distribution } from "./distribution";
import { type SumColumns, sumsAt } from "./range-sums";

/** The most centroids of the method "optimal": a table of that many times the candidates, in 16 bits, is 64 MiB. */
export const MAX_OPTIMAL_SIZE = 1024;

/** Up to this many distinct values the optimum is exact. */
export const MAX_EXACT_POINTS = 32768;

/**
 * The cuts of the best `size` cells with every cut at a candidate, by dynamic programming: the least distortion of the first
 * j candidates in c cells is the least over i of that of the first i in c - 1, plus that of i to j. The best i grows with j,
 * so each level is filled by divide and conquer: O(size * n * log n) for n candidates.
 *
 * @param candidates ascending from 0 to the number of points, at least `size` + 1 and at most 32,769 of them
 */
export function optimalCells(data: Distribution, candidates: Uint32Array, size: number): Uint32Array {
  const last = candidates.length - 1;
  const sums = sumsAt(data, candidates);
  const cost = distortionBetween(sums, sums);
  const before = (place: number) => place;
  const choices: Uint16Array[] = [];
  let previous = Float64Array.from(candidates, (_, j) => cost(0, j));
  for (let cells = 2; cells <= size; cells++) {
    const best = new Float64Array(last + 1);
    const choice = new Uint16Array(last + 1);
    const level = { previous, best, choice, cost, before };
    const from = cells === size ? last : cells;
    fillLevel(level, { from, to: last - (size - cells), low: cells - 1, high: last - 1 });
    choices.push(choice);
    previous = best;
  }
  const cuts = new Uint32Array(size + 1);
  for (let cells = size, place = last; cells >= 1; cells--) {
    cuts[cells] = candidates[place];
    if (cells > 1) place = choices[cells - 2][place];
  }
  return cuts;
}

export interface Level {
  readonly previous: Float64Array;
  readonly best: Float64Array;
  readonly choice: Uint16Array | Uint32Array;
  readonly cost: (from: number, to: number) => number;
  /** Number of places for the last cell to begin that stand before this place for it to end. */
  readonly before: (to: number) => number;
}

interface Span {
  readonly from: number;
  readonly to: number;
  /** The best choice for every place of the span lies from `low` to `high`. */
  readonly low: number;
  readonly high: number;
}

/** Fills `best` and `choice` of a span by divide and conquer. */
export function fillLevel(level: Level, { from, to, low, high }: Span): void {
  if (from > to) return;
  const { previous, best, choice, cost, before } = level;
  const middle = (from + to) >>> 1;
  let least = Number.POSITIVE_INFINITY;
  let chosen = low;
  const end = Math.min(high + 1, before(middle));
  for (let i = low; i < end; i++) {
    const total = previous[i] + cost(i, middle);
    if (total < least) {
      least = total;
      chosen = i;
    }
  }
  best[middle] = least;
  choice[middle] = chosen;
  fillLevel(level, { from, to: middle - 1, low, high: chosen });
  fillLevel(level, { from: middle + 1, to, low: chosen, high });
}

/** The distortion of the cell from one place to another, by the sums before them. */
export function distortionBetween(starts: SumColumns, ends: SumColumns): (from: number, to: number) => number {
  const { weight, first, second } = starts;
  return (from, to) => {
    const total = ends.weight[to] - weight[from];
    const sum = ends.first[to] - first[from];
    return total > 0 ? Math.max(0, ends.second[to] - second[from] - (sum * sum) / total) : 0;
  };
}
