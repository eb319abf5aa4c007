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

/** Interpolates one axis of an array seen as [outer, size, inner]. */
export function interpolateAxis(
  from: Floats,
  to: Floats,
  {
    taps,
    outer,
    size,
    inner,
  }: { readonly taps: Taps; readonly outer: number; readonly size: number; readonly inner: number },
): void {
  const { count, indices, weights } = taps;
  const length = indices.length / count;
  for (let block = 0; block < outer; block++) {
    const source = block * size * inner;
    const target = block * length * inner;
    if (inner === 1) interpolateRow(from, to, taps, source, target);
    else
      for (let i = 0; i < length; i++) {
        const row = target + i * inner;
        for (let tap = 0; tap < count; tap++) {
          const weight = weights[i * count + tap]!;
          const start = source + indices[i * count + tap]! * inner;
          if (tap === 0) for (let j = 0; j < inner; j++) to[row + j] = weight * from[start + j]!;
          else if (weight !== 0) for (let j = 0; j < inner; j++) to[row + j]! += weight * from[start + j]!;
        }
      }
  }
}

function interpolateRow(
  from: Floats,
  to: Floats,
  { count, indices, weights }: Taps,
  source: number,
  target: number,
): void {
  for (let i = 0, tap = 0; tap < indices.length; i++) {
    let sum = 0;
    for (const end = tap + count; tap < end; tap++) {
      const weight = weights[tap]!;
      if (weight !== 0) sum += weight * from[source + indices[tap]!]!;
    }
    to[target + i] = sum;
  }
}
