import type { Attribute, Graph, Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALL_PASSES, prepare, type StoredTensor, type WeightSource } from "../src/index";
import { forms, integers, randomWeight, type ScaledLines } from "./networks";

/** Filters as TensorFlow has them, [height, width, inputs, outputs], on the way to ONNX's order. */
const turnedFilter: readonly Node[] = [
  { op: "Transpose", inputs: ["w"], outputs: ["turned"], attributes: { perm: [3, 2, 0, 1] } },
  { op: "Unsqueeze", inputs: ["turned", "axis"], outputs: ["wide"], attributes: {} },
  { op: "Reshape", inputs: ["wide", "shape"], outputs: ["filter"], attributes: {} },
];
const convolution: Node = { op: "Conv", inputs: ["x", "filter"], outputs: ["y"], attributes: {} };

function graphOf(nodes: readonly Node[], outputs: readonly string[] = ["y"]): Graph {
  return { opset: 17, inputs: [{ name: "x" }], outputs: outputs.map((name) => ({ name })), nodes };
}

function sourceOf(tensors: Readonly<Record<string, StoredTensor>>): WeightSource {
  return {
    weight(name) {
      if (!Object.hasOwn(tensors, name)) throw new RangeError(`no tensor ${name}`);
      return tensors[name]!;
    },
  };
}

function network(weight: StoredTensor) {
  const [height, width, inputs, outputs] = weight.shape as [number, number, number, number];
  const shape = integers([outputs, inputs, height, width]);
  return sourceOf({ w: weight, axis: integers([0]), shape });
}

/** Without the pass: nodes that only constants go into become values. */
const { rearrange: _, ...otherPasses } = ALL_PASSES;

describe("a weight that a graph rearranges", () => {
  test("gives what its values give, in any form", () => {
    const example = fc.record({
      form: fc.constantFrom(...forms),
      scaled: fc.constantFrom<ScaledLines>("none", "rows", "columns", "both"),
      density: fc.constantFrom(0, 0.1, 0.4, 1),
      centroids: fc.constantFrom(2, 16, 255),
      shape: fc.tuple(...[3, 3, 5, 6].map((max) => fc.integer({ min: 1, max }))),
      seed: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(example, ({ shape, seed, ...options }) => {
        const random = seededRandom(seed);
        const weight = randomWeight(random, shape, options);
        const x = {
          shape: [1, shape[2]!, 4, 4],
          data: Float32Array.from({ length: 16 * shape[2]! }, () => random() - 0.5),
        };
        const graph = graphOf([...turnedFilter, convolution], ["y", "filter"]);
        const kept = prepare({ graph }, network(weight)).run({ x });
        const values = prepare({ graph }, network(weight), { passes: otherPasses }).run({ x });
        expect(kept.filter).toEqual(values.filter);
        expect(kept.y!.shape).toEqual(values.y!.shape);
        for (const [i, value] of kept.y!.data.entries()) expect(value).toBeCloseTo(Number(values.y!.data[i]), 4);
      }),
    );
  });

  test("stays in its codes: its zeros are skipped, and no copy of its elements is held", () => {
    const weight = randomWeight(seededRandom(1), [3, 3, 32, 32], { form: "gaps", density: 0.1 });
    const graph = graphOf([...turnedFilter, convolution]);
    const kept = prepare({ graph }, network(weight));
    expect(kept.layers.map(({ node, layout, elements }) => [node.op, layout, elements])).toEqual([
      ["Conv", "places and codes", 9 * 1024],
    ]);
    expect(kept.weightBytes).toBeLessThan(9 * 1024);
    const dense = prepare({ graph }, network(randomWeight(seededRandom(1), [3, 3, 32, 32], { form: "raw" })));
    const one = 4 * 9 * 1024;
    expect(dense.weightBytes).toBeGreaterThanOrEqual(one);
    expect(dense.weightBytes).toBeLessThan(1.5 * one);
  });

  test("is another one in each branch, though both call it the same", () => {
    const branch = (perm: readonly number[]): Attribute => ({
      graph: {
        inputs: [],
        outputs: [{ name: "y" }],
        tensors: {},
        nodes: [
          { op: "Transpose", inputs: ["w"], outputs: ["turned"], attributes: { perm } },
          { op: "Add", inputs: ["x", "turned"], outputs: ["y"], attributes: {} },
        ],
      },
    });
    const nodes: readonly Node[] = [
      { op: "Cast", inputs: ["x"], outputs: ["which"], attributes: { to: 9 } },
      {
        op: "If",
        inputs: ["which"],
        outputs: ["y"],
        attributes: { then_branch: branch([0, 1]), else_branch: branch([1, 0]) },
      },
    ];
    const weight = randomWeight(seededRandom(2), [2, 2], { form: "dense", density: 1 });
    const session = prepare({ graph: graphOf(nodes) }, sourceOf({ w: weight }));
    const [a, b, c, d] = weight.dense;
    const at = (x: number) => [...session.run({ x: { shape: [], data: Float32Array.of(x) } }).y!.data];
    expect(at(0)).toEqual([a, c, b, d]);
    expect(at(1)).toEqual([a, b, c, d].map((value) => Math.fround(value! + 1)));
  });

  test("that cannot be rearranged so is refused with the node", () => {
    const nodes: readonly Node[] = [
      { op: "Transpose", inputs: ["w"], outputs: ["filter"], attributes: { perm: [0, 0] }, name: "turn" },
      convolution,
    ];
    const weight = randomWeight(seededRandom(3), [2, 2], { form: "dense" });
    expect(() => prepare({ graph: graphOf(nodes) }, sourceOf({ w: weight }))).toThrow(/"turn".*perm/);
  });
});
