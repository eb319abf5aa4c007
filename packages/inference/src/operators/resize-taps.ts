/** What an axis is interpolated from: for each element of the output `count` indices and weights, which sum to 1. */
export interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/** A kernel: how much an element counts at a distance, up to a reach. */
export interface TapKernel {
  readonly reach: number;
  weight(distance: number): number;
}

export const LINEAR: TapKernel = { reach: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) };

/** Keys' cubic convolution; `a` is its slope. */
export function cubicKernel(a: number): TapKernel {
  return {
    reach: 2,
    weight(distance) {
      const x = Math.abs(distance);
      if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
    },
  };
}

interface TapOptions {
  readonly kernel: TapKernel;
  /** Elements of the input. */
  readonly size: number;
  /** At most 1: the kernel is as much wider, so that all elements count where the axis shrinks. */
  readonly scale: number;
  /** Whether elements outside count nothing; otherwise they are as those at the edge. */
  readonly excludesOutside: boolean;
}

/** @throws RangeError for more than 2^26 taps */
export function tapsAt(coordinates: Float64Array, { kernel, size, scale, excludesOutside }: TapOptions): Taps {
  const reach = kernel.reach / scale;
  const first = Math.floor(-reach) + 1;
  const count = 2 - 2 * first;
  if (!(count * coordinates.length <= 2 ** 26))
    throw new RangeError("the axis is made that much smaller: expected fewer than 2^26 weights");
  const indices = new Int32Array(count * coordinates.length);
  const weights = new Float64Array(indices.length);
  for (const [i, coordinate] of coordinates.entries()) {
    const floor = Math.floor(coordinate);
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const index = floor + first + tap;
      const isOutside = index < 0 || index >= size;
      const weight = isOutside && excludesOutside ? 0 : kernel.weight((index - coordinate) * scale);
      indices[i * count + tap] = Math.min(size - 1, Math.max(0, index));
      weights[i * count + tap] = weight;
      sum += weight;
    }
    for (let tap = i * count; tap < (i + 1) * count; tap++) weights[tap]! /= sum;
  }
  return { count, indices, weights };
}

type Floats = Float32Array | Float64Array;

/** An array seen as [outer, size, inner]. */
interface Middle {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** Interpolates the middle axis of an array. The number of taps is even: two are taken at once. */
export function interpolateAxis(from: Floats, to: Floats, taps: Taps, { outer, size, inner }: Middle): void {
  const { count, indices, weights } = taps;
  const length = indices.length / count;
  for (let block = 0; block < outer; block++) {
    const source = block * size * inner;
    const target = block * length * inner;
    for (let tap = 0; tap < count; tap += 2) {
      if (inner === 1) interpolateRow(from, to, taps, { tap, source, target });
      else
        for (let i = 0; i < length; i++) {
          const at = i * count + tap;
          const [first, second] = [source + indices[at]! * inner, source + indices[at + 1]! * inner];
          const row = target + i * inner;
          const weigh = tap === 0 ? putRows : addRows;
          weigh(from, to, { row, inner, first, second, a: weights[at]!, b: weights[at + 1]! });
        }
    }
  }
}

interface Rows {
  readonly row: number;
  readonly inner: number;
  readonly first: number;
  readonly second: number;
  readonly a: number;
  readonly b: number;
}

/** Puts a times one row and b times another. */
function putRows(from: Floats, to: Floats, { row, inner, first, second, a, b }: Rows): void {
  for (let n = 0; n < inner; n++) to[row + n] = a * from[first + n]! + b * from[second + n]!;
}

/** Adds the same. */
function addRows(from: Floats, to: Floats, { row, inner, first, second, a, b }: Rows): void {
  for (let n = 0; n < inner; n++) to[row + n] = to[row + n]! + a * from[first + n]! + b * from[second + n]!;
}

interface RowPlace {
  readonly tap: number;
  readonly source: number;
  readonly target: number;
}

/** Two taps of each element of a row; those after the first two are added. */
function interpolateRow(
  from: Floats,
  to: Floats,
  { count, indices, weights }: Taps,
  { tap, source, target }: RowPlace,
): void {
  const length = indices.length / count;
  for (let i = 0, at = tap; i < length; i++, at += count) {
    const sum = weights[at]! * from[source + indices[at]!]! + weights[at + 1]! * from[source + indices[at + 1]!]!;
    to[target + i] = tap === 0 ? sum : to[target + i]! + sum;
  }
}
