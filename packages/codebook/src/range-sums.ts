import { type Distribution, SUMS_PER_INTERVAL } from "./distribution";

/** Sums over the points from the anchor to another; negative before the anchor. */
export interface PrefixSums {
  /** Number of values. */
  readonly rank: number;
  /** Their importance. */
  readonly weight: number;
  /** The sums of w*x and of w*x^2. */
  readonly first: number;
  readonly second: number;
}

/** The sums from the anchor to point i. Each term is added in the order of the distance from the anchor. */
export function sumsBefore(data: Distribution, i: number): PrefixSums {
  const { points, counts, weights, anchor, pivot, interval } = data;
  const ascending = i >= anchor;
  const number = Math.floor(Math.abs(i - anchor) / interval);
  const sums = ascending ? data.above : data.below;
  let rank = sums[SUMS_PER_INTERVAL * number];
  let weight = sums[SUMS_PER_INTERVAL * number + 1];
  let first = sums[SUMS_PER_INTERVAL * number + 2];
  let second = sums[SUMS_PER_INTERVAL * number + 3];
  const start = ascending ? anchor + number * interval : anchor - number * interval;
  for (let step = 0, steps = Math.abs(i - start); step < steps; step++) {
    const point = ascending ? start + step : start - 1 - step;
    const x = points[point] - pivot;
    const w = weights === undefined ? counts[point] : weights[point];
    rank += counts[point];
    weight += w;
    first += w * x;
    second += w * x * x;
  }
  // Negation is exact, so that sums before the anchor are as if subtracted one by one.
  return ascending ? { rank, weight, first, second } : { rank: -rank, weight: -weight, first: -first, second: -second };
}

/** The sums before some points. */
export type SumColumns = { readonly [Sum in keyof PrefixSums]: Float64Array };

/** Room for the sums before `length` points. */
export function allocateSums(length: number): SumColumns {
  const column = () => new Float64Array(length);
  return { rank: column(), weight: column(), first: column(), second: column() };
}

/** Puts the sums before a point in place i. */
export function putSums(columns: SumColumns, i: number, sums: PrefixSums): void {
  columns.rank[i] = sums.rank;
  columns.weight[i] = sums.weight;
  columns.first[i] = sums.first;
  columns.second[i] = sums.second;
}

/** The sums before each of the points `at`. */
export function sumsAt(data: Distribution, at: Uint32Array): SumColumns {
  const columns = allocateSums(at.length);
  if (data.interval === 1) copySums(data, at, columns);
  else for (let i = 0; i < at.length; i++) putSums(columns, i, sumsBefore(data, at[i]));
  return columns;
}

/** The same where every point has its sums. */
function copySums({ anchor, above, below }: Distribution, at: Uint32Array, columns: SumColumns): void {
  const { rank, weight, first, second } = columns;
  for (let i = 0; i < at.length; i++) {
    const distance = at[i] - anchor;
    const sums = distance >= 0 ? above : below;
    const sign = distance >= 0 ? 1 : -1;
    const from = SUMS_PER_INTERVAL * sign * distance;
    rank[i] = sign * sums[from];
    weight[i] = sign * sums[from + 1];
    first[i] = sign * sums[from + 2];
    second[i] = sign * sums[from + 3];
  }
}

/** The importance of all points together. */
export function totalWeight(data: Distribution): number {
  return sumsBefore(data, data.points.length).weight - sumsBefore(data, 0).weight;
}

/** The points from `start` to `end`, and the sums over them. */
export interface RangeSums extends PrefixSums {
  readonly start: number;
  readonly end: number;
}

/** The sums over points start to end. */
export function rangeSums(data: Distribution, start: number, end: number): RangeSums {
  return sumsBetween(sumsBefore(data, start), sumsBefore(data, end), { start, end });
}

/** The same from the sums before both. */
export function sumsBetween(
  low: PrefixSums,
  high: PrefixSums,
  { start, end }: { readonly start: number; readonly end: number },
): RangeSums {
  return {
    start,
    end,
    rank: high.rank - low.rank,
    weight: high.weight - low.weight,
    first: high.first - low.first,
    second: high.second - low.second,
  };
}

/** The mean of a range (not empty), kept within its points whatever the rounding. */
export function rangeMean({ points, pivot }: Distribution, { start, end, weight, first }: RangeSums): number {
  // A weight 2^53 times smaller than its neighbours' vanishes in the sums: any point of the range will do.
  if (!(weight > 0)) return points[start];
  return Math.min(Math.max(pivot + first / weight, points[start]), points[end - 1]);
}

/** The weighted sum of squared distances of a range's points (not empty) from their mean. */
export function rangeDistortion({ start, end, weight, first, second }: RangeSums): number {
  return end - start > 1 && weight > 0 ? Math.max(0, second - (first * first) / weight) : 0;
}

/** The weighted sum of squares of a range's points. */
export function rangeEnergy({ pivot }: Distribution, { weight, first, second }: RangeSums): number {
  return Math.max(0, second + pivot * (2 * first + pivot * weight));
}

/** The first of ascending numbers that is above `bound`. */
export function firstAbove(points: Float32Array | Uint32Array, bound: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle] > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The bounds of 0 among the points: those before `start` are negative, those from `end` on positive. */
export function zeroBounds(points: Float32Array): { readonly start: number; readonly end: number } {
  const leastNegative = -(2 ** -150); // half of the float32 next to 0
  return { start: firstAbove(points, leastNegative), end: firstAbove(points, 0) };
}
