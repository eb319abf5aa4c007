import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachPair, type Geometry, geometry, product, wholeNumbers } from "./geometry";
import { array, runNode } from "./one-node";

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

describe("ConvTranspose", () => {
  it.each(["plain", "wasm"] as const)("is the adjoint of Conv, by %s kernels", (kernels) => {
    fc.assert(
      fc.property(geometry, fc.integer({ min: 0, max: 1000 }), (shape, seed) => {
        const { batch, groups, channels, outputs, sizes, kernel, strides, dilations, pads } = shape;
        const w = array(
          [groups * outputs, channels, ...kernel],
          wholeNumbers(groups * outputs * channels * product(kernel), seed),
        );
        const x = array(
          [batch, groups * channels, ...sizes],
          wholeNumbers(batch * groups * channels * product(sizes), seed + 1),
        );
        const attributes = { group: groups, strides, dilations, pads };
        const [convolved] = runNode("Conv", [x, w], { attributes, kernels });
        const y = array(convolved!.shape, wholeNumbers(convolved!.data.length, seed + 2));
        const rank = sizes.length;
        const cells = (k: number) => (kernel[k]! - 1) * dilations[k]! + 1;
        // Cells behind the last window are read by none: they are the output padding.
        const extra = sizes.map((size, k) => (size + pads[k]! + pads[k + rank]! - cells(k)) % strides[k]!);
        const [back] = runNode("ConvTranspose", [y, w], {
          attributes: { ...attributes, output_padding: extra },
          kernels,
        });
        expect(back!.shape).toEqual(x.shape);
        const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
        const [forth, returned] = [convolved!.data, back!.data] as [Float32Array, Float32Array];
        expect(inner(x.data as Float32Array, returned)).toBe(inner(forth, y.data as Float32Array));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("adds its bias, and pads unevenly as asked", () => {
    const w = array([1, 1, 3], [1, 2, 3]);
    const bias = array([1], [10]);
    const run = (attributes: Parameters<typeof runNode>[2]) =>
      Array.from(runNode("ConvTranspose", [array([1, 1, 2], [1, 10]), w, bias], attributes)[0]!.data as Float32Array);
    expect(run({ attributes: { strides: [2] } })).toEqual([11, 12, 23, 30, 40]);
    expect(run({ attributes: { strides: [2], auto_pad: "SAME_UPPER" } })).toEqual([11, 12, 23, 30]);
    expect(run({ attributes: { strides: [2], auto_pad: "SAME_LOWER" } })).toEqual([12, 23, 30, 40]);
    expect(run({ attributes: { strides: [2], output_shape: [7] } })).toEqual([11, 12, 23, 30, 40, 10, 10]);
  });

  it("refuses weights that do not fit", () => {
    expect(() =>
      runNode("ConvTranspose", [array([1, 2, 3], new Float32Array(6)), array([3, 1, 2], new Float32Array(6))]),
    ).toThrow(/do not fit input of shape \[1,2,3\]/);
  });
});

describe("convolutions of integers", () => {
  it("ConvInteger sums products exactly, however many there are", () => {
    for (const [channels, taps] of [
      [3, 5],
      [700, 3],
      [2, 1000],
    ] as const) {
      const [x, w] = [wholeNumbers(channels * (taps + 3), 1), wholeNumbers(2 * channels * taps, 2)];
      const [bytes, weights] = [x.map((value) => 120 + 15 * value), w.map((value) => 12 * value)];
      const [y] = runNode("ConvInteger", [
        array([1, channels, taps + 3], bytes, "uint8"),
        array([2, channels, taps], weights, "int8"),
        array([], [3], "uint8"),
        array([2], [-7, 5], "int8"),
      ]);
      const expected = Array.from({ length: 8 }, (_, i) => {
        const [o, q] = [Math.floor(i / 4), i % 4];
        let sum = 0;
        for (let c = 0; c < channels; c++)
          for (let k = 0; k < taps; k++)
            sum += (bytes[c * (taps + 3) + q + k]! - 3) * (weights[(o * channels + c) * taps + k]! - [-7, 5][o]!);
        return sum;
      });
      expect(y!.type).toBe("int32");
      expect(Array.from(y!.data as Int32Array)).toEqual(expected);
    }
  });

  it("QLinearConv scales sums, rounds halves to the even one and saturates", () => {
    const scalar = (value: number) => array([], [value]);
    const zero = array([], [2], "uint8");
    const [y] = runNode("QLinearConv", [
      array([1, 1, 6], [2, 3, 4, 5, 255, 0], "uint8"),
      scalar(0.5),
      zero,
      array([1, 1, 1], [1], "int8"),
      scalar(1),
      array([], [0], "int8"),
      scalar(1),
      array([], [250], "uint8"),
      array([1], [1], "int32"),
    ]);
    // (x - 2 + 1) / 2 + 250
    expect(Array.from(y!.data as Uint8Array)).toEqual([250, 251, 252, 252, 255, 250]);
    expect(y!.type).toBe("uint8");
  });
});
