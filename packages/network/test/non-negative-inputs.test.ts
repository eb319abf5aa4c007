// Which weights meet inputs that are hardly ever negative, and along which of their axes.
import { type Attribute, type Graph, type Node, nonNegativeInputAxes } from "@deep-compression/network";
import { describe, expect, test } from "vitest";

type Line = readonly [op: string, inputs: string, output: string, attributes?: Readonly<Record<string, Attribute>>];

const nodesOf = (lines: readonly Line[]): Node[] =>
  lines.map(([op, inputs, output, attributes = {}]) => ({
    op,
    inputs: inputs.split(" "),
    outputs: [output],
    attributes,
  }));

/** A graph of these nodes from the input x, and the axes found of its tensors. */
function axesOf(lines: readonly Line[], shapes: Readonly<Record<string, readonly number[]>>) {
  const graph: Graph = { opset: 13, inputs: [{ name: "x" }], outputs: [], nodes: nodesOf(lines) };
  const tensors = Object.entries(shapes).map(([name, shape]) => ({ name, shape, type: "float32" as const }));
  return Object.fromEntries(nonNegativeInputAxes({ graph, tensors }));
}

/** Whether the weight of a product of v counts, v being what these nodes make of x. */
const counts = (lines: readonly Line[], shapes: Readonly<Record<string, readonly number[]>> = {}) =>
  "w" in axesOf([...lines, ["MatMul", "v w", "y"]], { w: [8, 4], ...shapes });

describe("nonNegativeInputAxes", () => {
  test("the axis of the inputs, for every operator that multiplies them", () => {
    const relu: Line = ["Relu", "x", "v"];
    const shapes = { a: [4, 8, 1, 1], b: [8, 4, 1], c: [8, 4], d: [4, 8], e: [2, 8, 4], f: [1, 16, 8], g: [4, 8] };
    const found = axesOf(
      [
        relu,
        ["Conv", "v a", "y0"],
        ["ConvTranspose", "v b", "y1"],
        ["Gemm", "v c", "y2"],
        ["Gemm", "v d", "y3", { transB: 1 }],
        ["MatMul", "v e", "y4"],
        ["LSTM", "v f r", "y5"],
        ["MatMul", "g v", "y6"],
      ],
      shapes,
    );
    expect(found).toEqual({ a: 1, b: 0, c: 0, d: 1, e: 1, f: 2, g: 1 });
  });

  test("no weights of other convolutions: their kernels are balanced, or each input has its own", () => {
    const shapes = { a: [4, 8, 3, 3], b: [8, 1, 1, 1] };
    const lines: Line[] = [
      ["Relu", "x", "v"],
      ["Conv", "v a", "y0"],
      ["Conv", "v b", "y1", { group: 8 }],
    ];
    expect(axesOf(lines, shapes)).toEqual({});
  });

  test("a weight that is turned first, in its own layout", () => {
    const lines: Line[] = [
      ["Relu", "x", "v"],
      ["Transpose", "w", "t", { perm: [3, 2, 0, 1] }],
      ["Conv", "v t", "y"],
      ["Transpose", "m", "n"],
      ["MatMul", "v n", "z"],
    ];
    expect(axesOf(lines, { w: [1, 1, 8, 4], m: [4, 8] })).toEqual({ w: 2, m: 1 });
  });

  test("what keeps numbers from being negative, and what does not", () => {
    expect(counts([["Identity", "x", "v"]])).toBe(false);
    for (const op of ["Relu", "Sigmoid", "Softmax", "HardSwish", "Clip", "LeakyRelu"])
      expect(counts([[op, "x", "v"]]), op).toBe(true);
    for (const op of ["Tanh", "Sub", "BatchNormalization", "Neg"])
      expect(
        counts([
          ["Relu", "x", "u"],
          [op, "u", "v"],
        ]),
        op,
      ).toBe(false);
    for (const op of ["MaxPool", "Reshape", "Transpose", "ReduceMean", "Slice"]) {
      expect(
        counts([
          ["Relu", "x", "u"],
          [op, "u", "v"],
        ]),
        op,
      ).toBe(true);
      expect(counts([[op, "x", "v"]]), op).toBe(false);
    }
  });

  test("sums, products and joins count if all that goes in does; a constant of one element does no harm", () => {
    const both: Line[] = [
      ["Relu", "x", "a"],
      ["Sigmoid", "x", "b"],
    ];
    for (const op of ["Add", "Mul", "Concat"]) {
      expect(counts([...both, [op, "a b", "v"]]), op).toBe(true);
      expect(counts([...both, [op, "a x", "v"]]), op).toBe(false);
    }
    expect(counts([...both, ["Mul", "a s", "v"]], { s: [] })).toBe(true);
    expect(counts([...both, ["Mul", "a s", "v"]], { s: [8] })).toBe(false);
  });

  test("a swish counts, by itself or of several nodes; another value times a gate does not", () => {
    const gate: Line[] = [
      ["Add", "u three", "p"],
      ["Clip", "p", "q"],
      ["Div", "q six", "g"],
      ["Mul", "u g", "v"],
    ];
    const shapes = { three: [], six: [], k: [8, 8] };
    expect(counts([["MatMul", "x k", "u"], ...gate], shapes)).toBe(true);
    expect(counts([["MatMul", "x k", "u"], ["Neg", "u", "o"], ...gate.slice(0, 3), ["Mul", "o g", "v"]], shapes)).toBe(
      false,
    );
  });

  test("weights in branches see values around them", () => {
    const inner = { inputs: [], outputs: [], tensors: { here: "w" }, nodes: nodesOf([["MatMul", "v here", "y"]]) };
    const lines: Line[] = [
      ["Relu", "x", "v"],
      ["If", "x", "z", { then_branch: { graph: inner } }],
    ];
    expect(axesOf(lines, { w: [8, 4] })).toEqual({ w: 0 });
  });

  test("nothing of weights whose rank or turning fits no operator", () => {
    const lines: Line[] = [
      ["Relu", "x", "v"],
      ["LSTM", "v w r", "y0"],
      ["Gemm", "v g", "y1", { transB: 1 }],
      ["Transpose", "m", "t", { perm: [7, -1] }],
      ["MatMul", "v t", "y2"],
      ["Conv", "v c", "y3"],
    ];
    expect(axesOf(lines, { w: [8, 4], r: [8, 8], g: [8], m: [8, 4], c: [8] })).toStrictEqual({}); // not even undefined
  });

  test("nothing without a graph", () => {
    expect(nonNegativeInputAxes({ tensors: [{ name: "w", shape: [8, 4], type: "float32" }] }).size).toBe(0);
  });
});
