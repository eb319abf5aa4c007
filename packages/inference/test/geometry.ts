import fc from "fast-check";

export interface Geometry {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly sizes: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

const axis = fc.record({
  size: fc.integer({ min: 1, max: 19 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  begin: fc.integer({ min: 0, max: 3 }),
  end: fc.integer({ min: 0, max: 3 }),
});

export const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    batch: fc.integer({ min: 0, max: 4 }),
    groups: fc.integer({ min: 1, max: 5 }),
    channels: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 6 }),
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  })
  .filter(({ axes }) =>
    axes.every(({ size, kernel, dilation, begin, end }) => size + begin + end >= (kernel - 1) * dilation + 1),
  )
  .map(({ axes, ...rest }) => ({
    ...rest,
    sizes: axes.map(({ size }) => size),
    kernel: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
  }));

export const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Small whole numbers, whose sums are exact in float32, so that the order of adding does not matter. */
export function wholeNumbers(count: number, seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state % 17) - 8;
  });
}

/** All indices within sizes, in order. */
function indices(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

function flat(index: readonly number[], sizes: readonly number[]): number {
  return index.reduce((at, i, k) => at * sizes[k]! + i, 0);
}

/** Calls `visit` with the cell of the input, the tap and the window of each product between a channel and an output. */
export function eachPair(
  shape: Geometry,
  visit: (cell: number, tap: number, window: number) => void,
): readonly number[] {
  const { sizes, kernel, strides, dilations, pads } = shape;
  const out = sizes.map((size, k) => {
    const span = (kernel[k]! - 1) * dilations[k]! + 1;
    return Math.floor((size + pads[k]! + pads[k + sizes.length]! - span) / strides[k]!) + 1;
  });
  for (const window of indices(out))
    for (const tap of indices(kernel)) {
      const cell = window.map((o, k) => o * strides[k]! + tap[k]! * dilations[k]! - pads[k]!);
      if (cell.every((i, k) => i >= 0 && i < sizes[k]!)) visit(flat(cell, sizes), flat(tap, kernel), flat(window, out));
    }
  return out;
}
