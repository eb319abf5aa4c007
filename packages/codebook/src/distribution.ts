import { checkFloats, checkInteger, checkNumbers } from "@deep-compression/runtime";
import { checkImportance } from "./check-arguments";
import { type SortedFloats, sortFloatPairs, sortFloats } from "./sorted-floats";

/**
 * The distinct values of a tensor, ascending, with prefix sums, so that the mean and the distortion of any range of them
 * take a few operations. Sums are of x - pivot, the median distinct value, and run from there to both sides: values far
 * out do not drown those near the middle. They are kept for every 16th point, where points are few for each. 10 bytes a
 * value, 18 with importances.
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
  /** How often each point occurs. */
  readonly counts: Uint32Array;
  /** The importance of each point, summed over its values; undefined: 1 for each value. */
  readonly weights: Float64Array | undefined;
  /** The point that sums run from, number and value. */
  readonly anchor: number;
  readonly pivot: number;
  /** Points from one that has prefix sums to the next. */
  readonly interval: number;
  /** The four `PrefixSums` from the anchor to point anchor + interval * i, back to back. */
  readonly above: Float64Array;
  /** From point anchor - interval * i to the anchor. */
  readonly below: Float64Array;
}

/** How many sums a point has that has some. */
export const SUMS_PER_INTERVAL = 4;

/** Up to so many points each has sums, which takes half a megabyte. */
const MOST_SUMMED = 2 ** 14;
const LONG_INTERVAL = 16;

/**
 * The distribution of values, sorted and summed up once, for {@link fitEntropyConstrained} to fit at any number of rates.
 *
 * @param options.importance the weight of each value's squared error, finite and at least 0; default 1 each
 * @param options.zeros how many zeros there are besides the values, such as pruned weights; default 0. Values and zeros
 * together are fewer than 2^32
 * @throws RangeError if a value is not finite, which it names, or an option out of its range
 */
export function distributionOf(
  values: Float32Array,
  options: { readonly importance?: Float32Array; readonly zeros?: number } = {},
): Distribution {
  checkNumbers("values", checkFloats("values", values));
  checkImportance(options.importance, values.length);
  const zeros = checkInteger("zeros", options.zeros ?? 0, { maximum: 0xffffffff - values.length });
  return { ...distribution(values, options.importance), zeros };
}

/** As {@link distributionOf}, without the checks and without further zeros. */
export function distribution(values: Float32Array, importance?: Float32Array): Distribution {
  const sorted = importance === undefined ? sortFloats(values) : sortFloatPairs(values, importance);
  const weights = sorted.companions === undefined ? undefined : mergeWeights(sorted.values, sorted.companions);
  const merged = { ...mergeEqual(sorted), weights };
  return { count: values.length, zeros: 0, ...merged, ...prefixSums(merged) };
}

interface Points {
  readonly points: Float32Array;
  readonly counts: Uint32Array;
}

/** The distinct among sorted values, and how often each occurs. In place, unless that would hold far more memory. */
function mergeEqual({ values, scratch }: SortedFloats): Points {
  let last = -1;
  let before = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === before) scratch[last]++;
    else {
      before = value;
      values[++last] = value + 0; // + 0 makes -0 a 0
      scratch[last] = 1;
    }
  }
  const count = last + 1;
  if (count < values.length / 2) return { points: values.slice(0, count), counts: scratch.slice(0, count) };
  return { points: values.subarray(0, count), counts: scratch.subarray(0, count) };
}

/** The importance of each distinct value, summed in the order of the values. */
function mergeWeights(sorted: Float32Array, companions: Float32Array): Float64Array {
  const weights = new Float64Array(sorted.length);
  let last = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) last++;
    weights[last] += companions[i];
  }
  return weights.subarray(0, last + 1);
}

type WeightedPoints = Points & { readonly weights: Float64Array | undefined };

function prefixSums(data: WeightedPoints) {
  const { points } = data;
  const anchor = points.length >>> 1;
  const pivot = points.length === 0 ? 0 : points[anchor];
  const interval = points.length <= MOST_SUMMED ? 1 : LONG_INTERVAL;
  const above = sumsFrom(data, { pivot, interval, length: points.length - anchor, from: anchor, direction: 1 });
  const below = sumsFrom(data, { pivot, interval, length: anchor, from: anchor - 1, direction: -1 });
  return { anchor, pivot, interval, above: above.sums, below: below.sums, energy: above.energy + below.energy };
}

/** Points from `from` on, up or down. */
interface Run {
  readonly pivot: number;
  readonly interval: number;
  readonly length: number;
  readonly from: number;
  readonly direction: 1 | -1;
}

function sumsFrom({ points, counts, weights }: WeightedPoints, { pivot, interval, length, from, direction }: Run) {
  const sums = new Float64Array(SUMS_PER_INTERVAL * (Math.floor(length / interval) + 1));
  let rank = 0;
  let weight = 0;
  let first = 0;
  let second = 0;
  let energy = 0;
  for (let step = 0, at = 0; step < length; step++) {
    if (step % interval === 0) {
      sums[at++] = rank;
      sums[at++] = weight;
      sums[at++] = first;
      sums[at++] = second;
    }
    const point = from + direction * step;
    const x = points[point] - pivot;
    const w = weights === undefined ? counts[point] : weights[point];
    rank += counts[point];
    weight += w;
    first += w * x;
    second += w * x * x;
    energy += w * points[point] * points[point];
  }
  if (length % interval === 0) sums.set([rank, weight, first, second], (SUMS_PER_INTERVAL * length) / interval);
  return { sums, energy };
}
