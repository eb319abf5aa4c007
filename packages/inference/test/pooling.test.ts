import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachPair, geometry, product, wholeNumbers } from "./geometry";
import { array, runNode } from "./one-node";

const pools = geometry.filter(({ kernel, pads }) =>
  kernel.every((size, k) => pads[k]! < size && pads[k + kernel.length]! < size),
);

describe("pools", () => {
  it("MaxPool gives the first of the largest, and where it was", () => {
    fc.assert(
      fc.property(pools, fc.integer({ min: 0, max: 1000 }), (shape, seed) => {
        const { batch, groups: channels, sizes, kernel, strides, dilations, pads } = shape;
        const x = wholeNumbers(batch * channels * product(sizes), seed);
        const found: (readonly [cell: number, window: number])[] = [];
        const out = eachPair(shape, (cell, _, window) => found.push([cell, window]));
        const [cells, windows] = [product(sizes), product(out)];
        const places = Array.from({ length: batch * channels * windows }, () => -1);
        for (let plane = 0; plane < batch * channels; plane++)
          for (const [cell, window] of found) {
            const [at, from] = [plane * windows + window, plane * cells + cell];
            if (places[at]! < 0 || x[from]! > x[places[at]!]!) places[at] = from;
          }
        const attributes = { kernel_shape: kernel, strides, dilations, pads };
        const input = array([batch, channels, ...sizes], x);
        const [y, indices] = runNode("MaxPool", [input], { attributes, outputs: 2 });
        const covered = places.map((place) => (place < 0 ? Number.NEGATIVE_INFINITY : x[place]!));
        expect(y!.shape).toEqual([batch, channels, ...out]);
        expect(Array.from(y!.data as Float32Array)).toEqual(covered);
        expect(Array.from(indices!.data as BigInt64Array, Number)).toEqual(places);
        for (const kernels of ["plain", "wasm"] as const) {
          const [alone] = runNode("MaxPool", [input], { attributes, kernels });
          expect(alone!.data).toEqual(y!.data);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("AveragePool divides by the cells of the input, or also by those of the padding", () => {
    fc.assert(
      fc.property(pools, fc.integer({ min: 0, max: 1000 }), (shape, seed) => {
        const { batch, groups: channels, sizes, kernel, strides, dilations, pads } = shape;
        const x = wholeNumbers(batch * channels * product(sizes), seed);
        const found: (readonly [cell: number, window: number])[] = [];
        const out = eachPair(shape, (cell, _, window) => found.push([cell, window]));
        const [cells, windows] = [product(sizes), product(out)];
        const sums = new Float64Array(batch * channels * windows);
        const counts = new Float64Array(windows);
        for (const [, window] of found) counts[window]!++;
        for (let plane = 0; plane < batch * channels; plane++)
          for (const [cell, window] of found) sums[plane * windows + window]! += x[plane * cells + cell]!;
        for (const [include, kernels] of [
          [0, "wasm"],
          [1, "wasm"],
          [1, "plain"],
        ] as const) {
          const attributes = { kernel_shape: kernel, strides, dilations, pads, count_include_pad: include };
          const [y] = runNode("AveragePool", [array([batch, channels, ...sizes], x)], {
            attributes,
            opset: 19,
            kernels,
          });
          const all = product(kernel);
          const expected = Float32Array.from(sums, (sum, i) => sum / (include ? all : counts[i % windows]!));
          expect(y!.data).toEqual(expected);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it.each([
    ["GlobalAveragePool", {}, [2, 4]],
    ["GlobalMaxPool", {}, [3, 9]],
    ["GlobalLpPool", { p: 1 }, [6, 24]],
    ["GlobalLpPool", {}, [Math.sqrt(14), Math.sqrt(146)]],
  ])("%s takes in a whole plane, %j", (op, attributes, expected) => {
    const values = op === "GlobalAveragePool" ? [1, 2, 3, 1, 2, 9] : [-1, 2, 3, -1, 8, 9];
    const [y] = runNode(op, [array([1, 2, 3, 1], values)], { attributes });
    expect(y!.shape).toEqual([1, 2, 1, 1]);
    const wanted = op === "GlobalLpPool" && "p" in attributes ? [6, 18] : expected;
    for (const [i, value] of wanted.entries()) expect((y!.data as Float32Array)[i]).toBeCloseTo(value, 5);
  });

  it("LpPool takes roots of sums of powers", () => {
    const attributes = { kernel_shape: [2], strides: [2], p: 3 };
    const [y] = runNode("LpPool", [array([1, 1, 4], [1, -2, 3, 0])], { attributes });
    expect((y!.data as Float32Array)[0]).toBeCloseTo(9 ** (1 / 3), 6);
    expect((y!.data as Float32Array)[1]).toBeCloseTo(3, 6);
  });

  it("a window that hangs over the end is rounded up to, and counted as far as the padding goes", () => {
    const attributes = { kernel_shape: [3], strides: [2], pads: [1, 1], ceil_mode: 1, count_include_pad: 1 };
    const [y] = runNode("AveragePool", [array([1, 1, 4], [3, 6, 9, 12])], { attributes });
    expect(Array.from(y!.data as Float32Array)).toEqual([3, 9, 6]);
  });

  it("MaxPool gives NaN where there is one, and takes integers of 8 bits", () => {
    const attributes = { kernel_shape: [2] };
    const [y] = runNode("MaxPool", [array([1, 1, 4], [1, Number.NaN, 5, Number.NEGATIVE_INFINITY])], { attributes });
    expect(Array.from(y!.data as Float32Array)).toEqual([Number.NaN, Number.NaN, 5]);
    const [z] = runNode("MaxPool", [array([1, 1, 3], [-128, -127, -120], "int8")], { attributes });
    expect(z).toEqual({ type: "int8", shape: [1, 1, 2], data: Int8Array.of(-127, -120) });
  });

  it("MaxPool counts by columns where storage_order says so", () => {
    const attributes = { kernel_shape: [2, 2], storage_order: 1 };
    const x = array([1, 1, 2, 3], [0, 0, 5, 0, 7, 0]);
    const [, indices] = runNode("MaxPool", [x], { attributes, outputs: 2 });
    expect(indices!.data).toEqual(BigInt64Array.of(3n, 3n));
  });

  it("MaxUnpool puts elements back where MaxPool found them", () => {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
    const x = array([1, 1, 4, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    const [y, indices] = runNode("MaxPool", [x], { attributes, outputs: 2 });
    const [back] = runNode("MaxUnpool", [y, indices], { attributes });
    expect(Array.from(back!.data as Float32Array)).toEqual([0, 0, 0, 0, 0, 6, 0, 8, 0, 0, 0, 0, 0, 14, 0, 16]);
    const beyond = { ...indices!, data: BigInt64Array.of(5n, 7n, 13n, 16n) };
    expect(() => runNode("MaxUnpool", [y, beyond], { attributes })).toThrow(/index 16 is not among 16 elements/);
  });

  it.each([
    ["MaxPool", {}, /kernel_shape is missing/],
    ["AveragePool", { kernel_shape: [9] }, /does not fit/],
    ["MaxPool", { kernel_shape: [2, 2] }, /expected 2, got 1/],
    ["MaxPool", { kernel_shape: [2], strides: [2 ** 31] }, /expected below 1073741824/],
  ])("%s refuses %j", (op, attributes, message) => {
    expect(() => runNode(op, [array([1, 1, 4], [1, 2, 3, 4])], { attributes })).toThrow(message);
  });
});
