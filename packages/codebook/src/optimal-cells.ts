import type { Distribution } from "./distribution";
import { type SumColumns, sumsAt } from "./range-sums";

/** The most centroids of the method "optimal": a table of that many times the candidates, in 16 bits, is 64 MiB. */
export const MAX_OPTIMAL_SIZE = 1024;

/** Up to this many distinct values the optimum is exact. */
export const MAX_EXACT_POINTS = 32768;

/**
 * The cuts of the best `size` cells with every cut at a candidate, by dynamic programming: the least distortion of the first
 * j candidates in c cells is the least over i of that of the first i in c - 1, plus that of i to j. The best i grows with j
 * and with c, so each level is filled by divide and conquer: O(size * n * log n) for n candidates.
 *
 * @param candidates ascending from 0 to the number of points, at least `size` + 1 and at most 32,769 of them
 */
export function optimalCells(data: Distribution, candidates: Uint32Array, size: number): Uint32Array {
  const last = candidates.length - 1;
  const sums = sumsAt(data, candidates);
  const before = (place: number) => place;
  const choices: Uint16Array[] = [];
  // Written over by turns: a level reads of the one before what that has filled.
  let [previous, best] = [new Float64Array(last + 1), new Float64Array(last + 1)];
  for (let cells = 1; cells <= size; cells++) {
    const choice = new Uint16Array(last + 1);
    const level = { previous, best, choice, starts: sums, ends: sums, before, atLeast: choices.at(-1) };
    const from = cells === size ? last : cells;
    fillLevel(level, { from, to: last - (size - cells), low: cells - 1, high: cells === 1 ? 0 : last - 1 });
    choices.push(choice);
    [previous, best] = [best, previous];
  }
  const cuts = new Uint32Array(size + 1);
  for (let cells = size, place = last; cells >= 1; cells--) {
    cuts[cells] = candidates[place];
    place = choices[cells - 1][place];
  }
  return cuts;
}

export interface Level {
  readonly previous: Float64Array;
  readonly best: Float64Array;
  readonly choice: Uint16Array | Uint32Array;
  /** The sums before the places where the last cell may begin, and before those where it may end. */
  readonly starts: SumColumns;
  readonly ends: SumColumns;
  /** The least choice of each place that may be the best: with fewer cells the last one begins no later. */
  readonly atLeast?: Uint16Array | undefined;
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
export function fillLevel({ previous, best, choice, starts, ends, before, atLeast }: Level, span: Span): void {
  const { weight, first, second } = starts;

  /** In numbers rather than spans: of small tensors there are thousands, and each takes hundreds of spans. */
  function fill(from: number, to: number, low: number, high: number): void {
    const middle = (from + to) >>> 1;
    let least = Number.POSITIVE_INFINITY;
    let chosen = Math.max(low, atLeast?.[middle] ?? low);
    const end = Math.min(high + 1, before(middle));
    const endWeight = ends.weight[middle];
    const endFirst = ends.first[middle];
    const endSecond = ends.second[middle];
    for (let i = chosen; i < end; i++) {
      const cellWeight = endWeight - weight[i];
      const sum = endFirst - first[i];
      const error = cellWeight > 0 ? Math.max(0, endSecond - second[i] - (sum * sum) / cellWeight) : 0;
      const total = previous[i] + error;
      if (total < least) {
        least = total;
        chosen = i;
      }
    }
    best[middle] = least;
    choice[middle] = chosen;
    if (from < middle) fill(from, middle - 1, low, chosen);
    if (middle < to) fill(middle + 1, to, chosen, high);
  }
  if (span.from <= span.to) fill(span.from, span.to, span.low, span.high);
}
