import { checkInteger } from "@deep-compression/bits";
import { checkFinite, checkImportance } from "./check";
import { sortFloatPairs, sortFloats } from "./sorted-floats";

/**
 * The distinct values of a tensor, ascending, with prefix sums in float64, so that the mean and the distortion of any
 * range of them take a few operations. Sums are of x - pivot, the median distinct value, and run from there to both
 * sides: values far out do not drown those near the middle. 28 bytes a distinct value, 36 with importances.
 */
export interface Distribution {
  /** Number of values, equal ones counted each; without the `zeros`. */
  readonly count: number;
  /** Zeros besides the values. */
  readonly zeros: number;
  /** The sum of the squares of the values, each times its importance. */
  readonly energy: number;
  /** The distinct values, ascending; zeros of both signs are one point. */
  readonly points: Float32Array;
  readonly pivot: number;
  /** rank[i] is the number of values before point i, counted from the pivot (negative before it). */
  readonly rank: Float64Array;
  /** Likewise their importance; `rank` itself where every importance is 1. */
  readonly weight: Float64Array;
  /** Likewise the sums of w*x and of w*x^2. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Sorts values and sums them up, once, for `fitEntropyConstrained` to fit at any number of rates.
 *
 * `importance`: the weight of each value's squared error, finite and at least 0; default 1 each. `zeros`: the number of
 * zeros that stand besides the values and are not stored among them, such as pruned weights; default 0.
 * RangeError for a value that is not finite, which it names, or an option out of its range.
 */
export function distributionOf(
  values: Float32Array,
  options: { readonly importance?: Float32Array; readonly zeros?: number } = {},
): Distribution {
  checkFinite("values", values);
  checkImportance(options.importance, values.length);
  const zeros = checkInteger("zeros", options.zeros ?? 0);
  return { ...distribution(values, options.importance), zeros };
}

/** As {@link distributionOf}, without the checks and without further zeros. */
export function distribution(values: Float32Array, importance?: Float32Array): Distribution {
  const { sorted, weights } =
    importance === undefined ? { sorted: sortFloats(values) } : sortWeighted(values, importance);
  const { points, starts: rank } = distinctOf(sorted);
  const anchor = rank[points.length >>> 1];
  for (let i = 0; i < rank.length; i++) rank[i] -= anchor;
  return { count: values.length, zeros: 0, points, rank, ...prefixSums(points, rank, weights) };
}

/** The mean of points start to end (not empty), kept within them whatever the rounding. */
export function rangeMean(data: Distribution, start: number, end: number): number {
  const { points, pivot, weight, first } = data;
  const total = weight[end] - weight[start];
  // A weight 2^53 times smaller than its neighbours' vanishes in the sums: any point of the range will do.
  if (!(total > 0)) return points[start];
  const mean = pivot + (first[end] - first[start]) / total;
  return Math.min(Math.max(mean, points[start]), points[end - 1]);
}

/** The weighted sum of squared distances of points start to end (not empty) from their mean. */
export function rangeDistortion(data: Distribution, start: number, end: number): number {
  if (end - start < 2) return 0;
  const { weight, first, second } = data;
  const total = weight[end] - weight[start];
  const sum = first[end] - first[start];
  return total > 0 ? Math.max(0, second[end] - second[start] - (sum * sum) / total) : 0;
}

/** The weighted sum of squares of points start to end. */
export function rangeEnergy(data: Distribution, start: number, end: number): number {
  const { weight, first, second, pivot } = data;
  const sum = first[end] - first[start];
  return Math.max(0, second[end] - second[start] + pivot * (2 * sum + pivot * (weight[end] - weight[start])));
}

/** The first of the points that is above `bound`. */
export function firstAbove(points: Float32Array, bound: number): number {
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

/** Values and importances, merged: those of equal values are summed in the order of the values. */
function sortWeighted(values: Float32Array, importance: Float32Array) {
  const { values: sorted, companions } = sortFloatPairs(values, importance);
  const weights = new Float64Array(sorted.length);
  let last = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) last++;
    weights[last] += companions[i];
  }
  return { sorted, weights };
}

/** The distinct among sorted values, the index of the first of each, and at the end the number of values. */
function distinctOf(sorted: Float32Array): { readonly points: Float32Array; readonly starts: Float64Array } {
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) count++;
  const points = new Float32Array(count);
  const starts = new Float64Array(count + 1);
  for (let i = 0, point = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue;
    points[point] = sorted[i] + 0; // + 0 makes -0 a 0
    starts[point++] = i;
  }
  starts[count] = sorted.length;
  return { points, starts };
}

function prefixSums(points: Float32Array, rank: Float64Array, weights: Float64Array | undefined) {
  const anchor = points.length >>> 1;
  const pivot = points.length === 0 ? 0 : points[anchor];
  const weight = weights === undefined ? rank : new Float64Array(points.length + 1);
  const first = new Float64Array(points.length + 1);
  const second = new Float64Array(points.length + 1);
  const weightOf = (i: number) => (weights === undefined ? rank[i + 1] - rank[i] : weights[i]);
  let energy = 0;
  for (let i = anchor; i < points.length; i++) {
    const x = points[i] - pivot;
    const w = weightOf(i);
    if (weights !== undefined) weight[i + 1] = weight[i] + w;
    first[i + 1] = first[i] + w * x;
    second[i + 1] = second[i] + w * x * x;
    energy += w * points[i] * points[i];
  }
  for (let i = anchor - 1; i >= 0; i--) {
    const x = points[i] - pivot;
    const w = weightOf(i);
    if (weights !== undefined) weight[i] = weight[i + 1] - w;
    first[i] = first[i + 1] - w * x;
    second[i] = second[i + 1] - w * x * x;
    energy += w * points[i] * points[i];
  }
  return { pivot, weight, first, second, energy };
}
