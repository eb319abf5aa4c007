import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, runNode } from "./one-node";

interface Geometry {
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

const geometry: fc.Arbitrary<Geometry> = fc
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

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Small whole numbers, whose sums are exact in float32, so that the order of adding does not matter. */
function wholeNumbers(count: number, seed: number): Float32Array {
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
function eachPair(shape: Geometry, visit: (cell: number, tap: number, window: number) => void): readonly number[] {
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

function convolution(shape: Geometry, x: Float32Array, w: Float32Array, bias: Float32Array) {
  const { batch, groups, channels, outputs, sizes, kernel } = shape;
  const pairs: number[][] = [];
  const out = eachPair(shape, (...pair) => pairs.push(pair));
  const [cells, taps, windows] = [product(sizes), product(kernel), product(out)];
  const y = new Float32Array(batch * groups * outputs * windows);
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < groups * outputs; o++) {
      const at = (n * groups * outputs + o) * windows;
      y.fill(bias[o]!, at, at + windows);
      for (let c = 0; c < channels; c++) {
        const from = ((n * groups + Math.floor(o / outputs)) * channels + c) * cells;
        for (const [cell, tap, window] of pairs)
          y[at + window!]! += x[from + cell!]! * w[(o * channels + c) * taps + tap!]!;
      }
    }
  return { shape: [batch, groups * outputs, ...out], y };
}

describe("Conv", () => {
  it.each(["plain", "wasm"] as const)("is the sum of products over each window, by %s kernels", (kernels) => {
    fc.assert(
      fc.property(geometry, fc.integer({ min: 0, max: 1000 }), (shape, seed) => {
        const { batch, groups, channels, outputs, sizes, kernel, strides, dilations, pads } = shape;
        const x = wholeNumbers(batch * groups * channels * product(sizes), seed);
        const w = wholeNumbers(groups * outputs * channels * product(kernel), seed + 1);
        const bias = wholeNumbers(groups * outputs, seed + 2);
        const inputs = [
          array([batch, groups * channels, ...sizes], x),
          array([groups * outputs, channels, ...kernel], w),
          array([groups * outputs], bias),
        ];
        const attributes = { group: groups, strides, dilations, pads };
        const [got] = runNode("Conv", inputs, { attributes, kernels });
        const expected = convolution(shape, x, w, bias);
        expect(got!.shape).toEqual(expected.shape);
        expect(got!.data).toEqual(expected.y);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it.each([
    ["an image in several bands", [1, 3, 70, 61], [5, 3, 3, 3]],
    ["rows in several bands", [1, 700, 3000], [3, 700, 2]],
    ["a product as long as it is", [2, 40, 9, 9], [33, 40, 3, 3]],
    ["many small images", [70, 9, 3, 3], [6, 9, 2, 2]],
    ["many images of one cell", [70, 9, 1, 1], [6, 9, 1, 1]],
    ["a large image cell by cell", [1, 4, 50, 50], [6, 4, 1, 1]],
  ])("%s", (_, input, weights) => {
    const [batch, channels, ...sizes] = input as [number, number, ...number[]];
    const [outputs, , ...kernel] = weights as [number, number, ...number[]];
    const [x, w] = [wholeNumbers(product(input), 1), wholeNumbers(product(weights), 2)];
    const ones = sizes.map(() => 1);
    const pads = [...sizes, ...sizes].map(() => (kernel[0] === 3 ? 1 : 0));
    const shape = { batch, groups: 1, channels, outputs, sizes, kernel, strides: ones, dilations: ones, pads };
    const [got] = runNode("Conv", [array(input, x), array(weights, w)], { attributes: { pads } });
    expect(got!.data).toEqual(convolution(shape, x, w, new Float32Array(outputs)).y);
  });

  it("takes in what infinity and NaN make, and 0 of the padding as 0", () => {
    const x = array([1, 1, 3], [Number.POSITIVE_INFINITY, 1, Number.NaN]);
    const [y] = runNode("Conv", [x, array([1, 1, 2], [1, 1])], { attributes: { pads: [1, 1] } });
    expect(Array.from(y!.data as Float32Array)).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it.each([
    ["channels that weights do not fit", [1, 3, 4, 4], [2, 2, 3, 3], {}, /do not fit 3 channels/],
    ["a group that does not divide", [1, 3, 4, 4], [2, 3, 3, 3], { group: 2 }, /group 2 does not divide/],
    ["an image without width", [1, 3], [2, 3], {}, /expected a batch, channels and spatial dimensions/],
    ["four dimensions of space", [1, 1, 2, 2, 2, 2], [1, 1, 1, 1, 1, 1], {}, /at most 3 spatial dimensions, got 4/],
    ["a window that is too large", [1, 1, 2, 2], [1, 1, 3, 3], {}, /does not fit/],
  ])("refuses %s", (_, x, w, attributes, message) => {
    const inputs = [array(x, new Float32Array(product(x))), array(w, new Float32Array(product(w)))];
    expect(() => runNode("Conv", inputs, { attributes })).toThrow(message);
  });
});
