/**
 * The distinct values of a tensor, ascending, with prefix sums in float64, so that the mean and the distortion of any
 * range of them take a few operations. Sums are of x - pivot, the median distinct value, and run from there to both
 * sides: values far out do not drown those near the middle.
 */
export interface Distribution {
  readonly points: Float32Array;
  readonly pivot: number;
  /** weight[i] is the weight of points before i, counted from the pivot (negative before it); so the sums of w*x, w*x^2. */
  readonly weight: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Of the values with weight above 0 (all finite; default 1 each); zeros of both signs are one point. */
export function distribution(values: Float32Array, importance?: Float32Array): Distribution {
  const { points, weights } = importance === undefined ? countPoints(values) : sumPoints(values, importance);
  const anchor = points.length >>> 1;
  const pivot = points.length === 0 ? 0 : points[anchor];
  const weight = new Float64Array(points.length + 1);
  const first = new Float64Array(points.length + 1);
  const second = new Float64Array(points.length + 1);
  for (let i = anchor; i < points.length; i++) {
    const x = points[i] - pivot;
    weight[i + 1] = weight[i] + weights[i];
    first[i + 1] = first[i] + weights[i] * x;
    second[i + 1] = second[i] + weights[i] * x * x;
  }
  for (let i = anchor - 1; i >= 0; i--) {
    const x = points[i] - pivot;
    weight[i] = weight[i + 1] - weights[i];
    first[i] = first[i + 1] - weights[i] * x;
    second[i] = second[i + 1] - weights[i] * x * x;
  }
  return { points, pivot, weight, first, second };
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

interface Points {
  readonly points: Float32Array;
  readonly weights: Float64Array;
}

function countPoints(values: Float32Array): Points {
  return mergeEqual(values.slice().sort());
}

function sumPoints(values: Float32Array, importance: Float32Array): Points {
  const order = sortedOrder(values);
  const sorted = new Float32Array(order.length);
  const weights = new Float32Array(order.length);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    if (importance[order[i]] === 0) continue;
    sorted[count] = values[order[i]];
    weights[count++] = importance[order[i]];
  }
  return mergeEqual(sorted.subarray(0, count), weights);
}

function mergeEqual(sorted: Float32Array, importance?: Float32Array): Points {
  const points = new Float32Array(sorted.length);
  const weights = new Float64Array(sorted.length);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (count === 0 || sorted[i] !== points[count - 1]) points[count++] = sorted[i] + 0; // + 0 makes -0 a 0
    weights[count - 1] += importance === undefined ? 1 : importance[i];
  }
  return { points: points.slice(0, count), weights: weights.slice(0, count) };
}

/** Indices of the values in ascending order: a radix sort of the bits, 11 at a time. */
function sortedOrder(values: Float32Array): Uint32Array {
  const keys = sortKeys(values);
  let order = new Uint32Array(values.length);
  let spare = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (const shift of [0, 11, 22]) {
    const ends = new Uint32Array(2049);
    for (let i = 0; i < keys.length; i++) ends[((keys[i] >>> shift) & 2047) + 1]++;
    for (let digit = 1; digit < 2048; digit++) ends[digit] += ends[digit - 1];
    for (let i = 0; i < order.length; i++) spare[ends[(keys[order[i]] >>> shift) & 2047]++] = order[i];
    [order, spare] = [spare, order];
  }
  return order;
}

/** Unsigned keys that sort as the floats do: negative ones sort backwards by their bits, so all their bits are flipped. */
function sortKeys(values: Float32Array): Uint32Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const keys = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) keys[i] = bits[i] < 0 ? ~bits[i] : bits[i] ^ 0x80000000;
  return keys;
}
