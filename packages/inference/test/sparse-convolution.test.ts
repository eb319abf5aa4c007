import type { Graph, Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { denseConv, OPERATORS, prepare, prepareWith, type ShapedWeight } from "../src/index";
import { forms, randomWeight, type ScaledLines } from "./networks";

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 12 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    begin: fc.integer({ min: 0, max: 3 }),
    end: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ size, kernel, dilation, begin, end }) => size + begin + end >= (kernel - 1) * dilation + 1);

const cases = fc.record({
  batch: fc.integer({ min: 0, max: 2 }),
  groups: fc.integer({ min: 1, max: 4 }),
  channels: fc.constantFrom(1, 2, 3, 40),
  outputs: fc.integer({ min: 1, max: 5 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  form: fc.constantFrom(...forms),
  density: fc.constantFrom(0, 0.1, 0.4, 1),
  centroids: fc.constantFrom(2, 16, 255),
  scaled: fc.constantFrom<ScaledLines>("none", "rows", "columns", "both"),
  seed: fc.integer({ min: 1, max: 1e9 }),
  odd: fc.boolean(),
  kernels: fc.constantFrom("wasm" as const, "plain" as const),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** The output at a place in float64, and the sum of all magnitudes, which bounds the error. Weights of zero add nothing. */
function outputAt(
  { groups, channels, outputs, axes }: Case,
  {
    x,
    w,
    item,
    output,
    place,
  }: {
    readonly x: Float32Array;
    readonly w: Float32Array;
    readonly item: number;
    readonly output: number;
    readonly place: readonly number[];
  },
) {
  const cells = product(axes.map(({ size }) => size));
  const taps = product(axes.map(({ kernel }) => kernel));
  let [sum, size] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const plane = ((item * groups + Math.floor(output / outputs)) * channels + channel) * cells;
    for (let tap = 0; tap < taps; tap++) {
      const weight = w[(output * channels + channel) * taps + tap]!;
      let [rest, cell, step] = [tap, 0, 1];
      for (let k = axes.length - 1; k >= 0; k--) {
        const { kernel, stride, dilation, begin, size: length } = axes[k]!;
        const i = place[k]! * stride + (rest % kernel) * dilation - begin;
        rest = Math.floor(rest / kernel);
        if (i < 0 || i >= length) cell = Number.NaN;
        cell += i * step;
        step *= length;
      }
      if (weight === 0 || Number.isNaN(cell)) continue;
      const term = weight * x[plane + cell]!;
      sum += term;
      size += Math.abs(term);
    }
  }
  return { sum, size };
}

describe("Conv with a stored filter", () => {
  test("is the sum of products over each window, whatever the form, shape and scales of the filter", () => {
    fc.assert(
      fc.property(cases, (example) => {
        const { batch, groups, channels, outputs, axes, form, density, centroids, scaled, seed, odd, kernels } =
          example;
        const random = seededRandom(seed);
        const shape = [groups * outputs, channels, ...axes.map(({ kernel }) => kernel)];
        const weight = randomWeight(random, shape, { form, density, centroids, scaled });
        const graph: Graph = {
          opset: 17,
          inputs: [{ name: "x" }],
          outputs: [{ name: "y" }],
          nodes: [
            {
              op: "Conv",
              inputs: ["x", "w"],
              outputs: ["y"],
              attributes: {
                group: groups,
                strides: axes.map(({ stride }) => stride),
                dilations: axes.map(({ dilation }) => dilation),
                pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
              },
            },
          ],
        };
        const xShape = [batch, groups * channels, ...axes.map(({ size }) => size)];
        // A filter of which more than half is not zero is multiplied densely, and there zeros meet infinities.
        const isSparse =
          form !== "raw" && 2 * weight.dense.filter((value) => value !== 0).length <= weight.dense.length;
        const odds = odd && isSparse ? [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] : [];
        const x = Float32Array.from({ length: product(xShape) }, () => {
          return odds[Math.floor(random() * 200)] ?? random() - 0.5;
        });
        const session = prepare({ graph }, { weight: () => weight }, { kernels });
        for (let run = 0; run < 2; run++) {
          const { y } = session.run({ x: { type: "float32", shape: xShape, data: x } as never });
          const out = y!.shape.slice(2);
          for (let i = 0; i < y!.data.length; i++) {
            const place: number[] = [];
            let rest = i;
            for (const length of out.toReversed()) {
              place.unshift(rest % length);
              rest = Math.floor(rest / length);
            }
            const [item, output] = [Math.floor(rest / (groups * outputs)), rest % (groups * outputs)];
            const { sum, size } = outputAt(example, { x, w: weight.dense, item, output, place });
            const got = Number(y!.data[i]);
            if (!(Object.is(got, sum) || Math.abs(got - sum) <= 1e-6 * size + 1e-30))
              expect.fail(`element ${i}: expected ${sum}, got ${got}`);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test("takes in its bias, a normalization and an activation, and holds no dense filter", () => {
    const random = seededRandom(3);
    const shape = [6, 8, 3, 3];
    const weights = new Map([["w", randomWeight(random, shape, { form: "gaps", density: 0.2, scaled: "rows" })]]);
    for (const name of ["b", "scale", "shift", "mean", "variance"]) {
      const dense = Float32Array.from({ length: 6 }, () => random() + 0.1);
      weights.set(name, { shape: [6], dense, stored: { form: "raw", values: dense } });
    }
    const normalized = ["c", "scale", "shift", "mean", "variance"];
    const nodes: Node[] = [
      { op: "Conv", inputs: ["x", "w", "b"], outputs: ["c"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "BatchNormalization", inputs: normalized, outputs: ["n"], attributes: {} },
      { op: "Relu", inputs: ["n"], outputs: ["y"], attributes: {} },
    ];
    const graph: Graph = { opset: 17, inputs: [{ name: "x" }], outputs: [{ name: "y" }], nodes };
    const source = (isDense: boolean) => ({
      weight(name: string): ShapedWeight {
        const { shape: own, dense, stored } = weights.get(name)!;
        return { shape: own, stored: isDense ? { form: "raw", values: dense } : stored };
      },
    });
    const x = Float32Array.from({ length: 2 * 8 * 11 * 9 }, () => random() - 0.5);
    const inputs = { x: { type: "float32", shape: [2, 8, 11, 9], data: x } } as const;
    const sparse = prepare({ graph }, source(false));
    const [ours, theirs] = [sparse.run(inputs).y!, prepare({ graph }, source(true)).run(inputs).y!];
    expect(ours.shape).toEqual([2, 6, 11, 9]);
    for (let i = 0; i < theirs.data.length; i++) expect(ours.data[i]).toBeCloseTo(Number(theirs.data[i]), 4);
    expect(theirs.data.some((value) => Number(value) > 0)).toBe(true);
    expect(sparse.layers.map(({ weight }) => weight)).toEqual(["w"]);
    const dense = prepare({ graph }, source(false), { operators: { ...OPERATORS, Conv: denseConv } });
    expect(dense.layers).toEqual([]);
    const { data } = dense.run(inputs).y!;
    for (let i = 0; i < data.length; i++) expect(data[i]).toBeCloseTo(Number(theirs.data[i]), 6);
  });

  test("densely without loops for filters of one channel each gives what those give", () => {
    const random = seededRandom(4);
    const floats = (length: number) => Float32Array.from({ length }, () => random() - 0.5);
    const node = { op: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes: { group: 5, pads: [1, 1, 1, 1] } };
    const graph: Graph = { opset: 17, inputs: [{ name: "x" }], outputs: [{ name: "y" }], nodes: [node] };
    const stored = { form: "raw", values: floats(10 * 9) } as const;
    const inputs = { x: { type: "float32", shape: [2, 5, 9, 8], data: floats(2 * 5 * 72) } } as const;
    const [here, there] = [denseConv, OPERATORS.Conv!].map((Conv) =>
      prepareWith({ graph }, { weight: () => ({ shape: [10, 1, 3, 3], stored }) }, { operators: { Conv } }).run(inputs),
    );
    expect(here!.y!.shape).toEqual([2, 10, 9, 8]);
    for (const [i, value] of here!.y!.data.entries()) expect(Number(value)).toBeCloseTo(Number(there!.y!.data[i]), 5);
  });
});
