import { sessionExecutor } from "@deep-compression/inference";
import { floatTensor, floatValues, type Node, type Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { matrixLayerOf } from "../src/matrix-layer";

const random = seededRandom(3);
const drawn = (name: string, shape: readonly number[]): Tensor => {
  const count = shape.reduce((product, size) => product * size, 1);
  return floatTensor(
    name,
    shape,
    Float32Array.from({ length: count }, () => random() - 0.5),
  );
};

interface Example {
  readonly title: string;
  readonly op: string;
  readonly attributes: Node["attributes"];
  readonly input: readonly number[];
  readonly weight: readonly number[];
}

const EXAMPLES: readonly Example[] = [
  { title: "MatMul", op: "MatMul", attributes: {}, input: [3, 5], weight: [5, 4] },
  { title: "Gemm, transposed", op: "Gemm", attributes: { transB: 1 }, input: [3, 5], weight: [4, 5] },
  {
    title: "Conv with strides and pads",
    op: "Conv",
    attributes: { strides: [2, 1], pads: [1, 0, 0, 2] },
    input: [2, 3, 5, 6],
    weight: [4, 3, 2, 3],
  },
  { title: "Conv in groups", op: "Conv", attributes: { group: 2 }, input: [2, 4, 4, 4], weight: [6, 2, 3, 3] },
  { title: "Conv of each channel", op: "Conv", attributes: { group: 3 }, input: [1, 3, 4, 4], weight: [3, 1, 2, 2] },
];

test.each(EXAMPLES)("rows times the matrix are what $title makes", async ({ op, attributes, input, weight }) => {
  const [x, w] = [drawn("x", input), drawn("w", weight)];
  const node: Node = { op, inputs: ["x", "w"], outputs: ["y"], attributes };
  const graph = {
    opset: 13,
    inputs: [{ name: "x", type: "float32" as const, shape: ["N", ...input.slice(1)] }],
    outputs: [{ name: "y" }],
    nodes: [node],
  };
  const prepared = await sessionExecutor().prepare({ graph, tensors: [w] });
  const y = (await prepared.run(new Map([["x", x]]))).get("y")!;
  const layer = matrixLayerOf(node, new Map([["w", w]]))!;
  const { rows, columns, groups, weights } = layer;
  const [items = 1, channels = 1, ...spatial] = y.shape;
  const plane = spatial.reduce((product, size) => product * size, 1);
  expect([rows, rows * columns]).toEqual([channels, weights.length]);
  const all = { count: Number.POSITIVE_INFINITY, random };
  const inputs = Array.from({ length: groups }, (_, group) => layer.rowsOf(x, { group, ...all }));
  const outputs = floatValues(y);
  for (let i = 0; i < outputs.length; i++) {
    const [item, row, place] = [Math.floor(i / plane / channels), Math.floor(i / plane) % channels, i % plane];
    const group = Math.floor((row * groups) / rows);
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      sum += weights[row * columns + j]! * inputs[group]![(item * plane + place) * columns + j]!;
    }
    expect(sum).toBeCloseTo(outputs[i]!, 5);
  }
  expect(inputs[0]!.length).toBe(items * plane * columns);
  expect(layer.tensorValues(Float32Array.from(weights))).toEqual(floatValues(w));
});
