import {
  type ElementType,
  type Graph,
  type Node,
  type QuantizationConstants,
  quantizationOf,
  quantizedWeights,
  type Subgraph,
  tensorUses,
} from "@deep-compression/network";
import { describe, expect, test } from "vitest";

function node(op: string, inputs: readonly string[], own: Partial<Node> & { readonly output?: string } = {}): Node {
  const { output = "y", ...rest } = own;
  return { op, inputs, outputs: [output], attributes: {}, ...rest };
}

const value = (name: string) => ({ name, type: "float32" as const, shape: ["N", 8] });

const tensor = (name: string, type: ElementType, shape: readonly number[]) => ({ name, type, shape });

const CONSTANTS = [
  tensor("w", "int8", [8, 4]),
  tensor("s", "float32", [8]),
  tensor("z", "int8", [8]),
  tensor("one", "float32", []),
  tensor("zero", "int8", []),
];

function outlineOf(nodes: readonly Node[], own: Partial<Graph> = {}) {
  const graph: Graph = { opset: 21, inputs: [value("x")], outputs: [value("y")], nodes, ...own };
  return { graph, tensors: CONSTANTS };
}

/** What tells the numbers of "w": names of the scale and the zero point and the axis, or why not; and what "w" is used as. */
function toldOfW(nodes: readonly Node[], own: Partial<Graph> = {}) {
  const outline = outlineOf(nodes, own);
  const found = quantizedWeights(outline).get("w");
  const { isWeight, as } = tensorUses(outline).get("w")!;
  return { ...textOf(found), as: isWeight ? as : `(${as})` };
}

function textOf(found: QuantizationConstants | { readonly whyNot: string } | undefined) {
  if (found === undefined || "whyNot" in found) return { ...found };
  const name = (constant: QuantizationConstants["scale"]) =>
    constant && "tensorName" in constant ? constant.tensorName : constant?.tensor.name;
  return { scale: name(found.scale), zeroPoint: name(found.zeroPoint), axis: found.axis };
}

describe("the scale and the zero point of a weight of integers are those", () => {
  test("of DequantizeLinear, whose axis may be counted from the end", () => {
    const told = (attributes: Node["attributes"]) =>
      toldOfW([node("DequantizeLinear", ["w", "s", "z"], { output: "v", attributes }), node("MatMul", ["x", "v"])]);
    expect(told({ axis: 0 })).toEqual({ scale: "s", zeroPoint: "z", axis: 0, as: "MatMul" });
    expect(told({})).toMatchObject({ axis: 1 });
    expect(told({ axis: -1 })).toMatchObject({ axis: 1 });
    expect(told({ axis: -2 })).toMatchObject({ axis: 0 });
    const without = [node("DequantizeLinear", ["w", "s"], { output: "v" }), node("MatMul", ["x", "v"])];
    expect(toldOfW(without)).toEqual({ scale: "s", axis: 1, as: "MatMul" });
  });

  test.each([
    ["QLinearConv", ["x", "one", "zero", "w", "s", "z", "one", "zero"], { scale: "s", zeroPoint: "z", axis: 0 }],
    ["QLinearMatMul", ["x", "one", "zero", "w", "s", "z", "one", "zero"], { scale: "s", zeroPoint: "z", axis: 1 }],
    ["ConvInteger", ["x", "w", "zero", "z"], { zeroPoint: "z", axis: 0 }],
    ["MatMulInteger", ["x", "w", "zero", "z"], { zeroPoint: "z", axis: 1 }],
    ["MatMulInteger", ["x", "w"], { axis: 1 }],
  ])("of %s(%s)", (op, inputs, expected) => {
    expect(toldOfW([node(op, inputs)])).toEqual({ ...expected, as: op });
    expect(toldOfW([node(op, inputs, { domain: "acme" })])).toEqual({ as: `(operand of ${op})` });
  });

  test.each([
    ["QGemm", ["x", "one", "zero", "w", "s", "z"], { transB: 1 }, { scale: "s", zeroPoint: "z", axis: 0 }],
    ["QGemm", ["x", "one", "zero", "w", "s", "z"], {}, { scale: "s", zeroPoint: "z", axis: 1 }],
    ["MatMulIntegerToFloat", ["x", "w", "one", "s", "zero", "z"], {}, { scale: "s", zeroPoint: "z", axis: 1 }],
    ["DynamicQuantizeMatMul", ["x", "w", "s", "z"], {}, { scale: "s", zeroPoint: "z", axis: 1 }],
    ["QAttention", ["x", "w", "b", "one", "s", "m", "zero", "z"], {}, { scale: "s", zeroPoint: "z", axis: 1 }],
  ])("of onnxruntime's %s(%s)", (op, inputs, attributes, expected) => {
    const own = { domain: "com.microsoft", attributes };
    expect(toldOfW([node(op, inputs, own)])).toEqual({ ...expected, as: op });
  });

  test("behind MatMulInteger, where the sums are scaled", () => {
    const nodes = [
      node("DynamicQuantizeLinear", ["x"], { outputs: ["q", "qs", "qz"] }),
      node("MatMulInteger", ["q", "w", "qz", "zero"], { output: "sums" }),
      node("Mul", ["qs", "s"], { output: "scales" }),
      node("Cast", ["sums"], { output: "numbers" }),
      node("Mul", ["numbers", "scales"]),
    ];
    expect(toldOfW(nodes)).toEqual({ scale: "s", zeroPoint: "zero", axis: 1, as: "MatMulInteger" });
  });

  test("of rows that a Gather picks, where they are dequantized and there is one scale", () => {
    const nodes = [node("Gather", ["w", "x"], { output: "rows" }), node("DequantizeLinear", ["rows", "one", "zero"])];
    expect(toldOfW(nodes)).toEqual({ scale: "one", zeroPoint: "zero", axis: -1, as: "Gather" });
    expect(toldOfW([node("Gather", ["w", "x"], { output: "rows" }), node("Add", ["rows", "x"])])).toEqual({
      as: "(int8 operand of Gather)",
    });
  });

  test("which stand in Constant nodes, or in a branch", () => {
    const zero = { name: "", type: "int8" as const, shape: [], bytes: Uint8Array.of(3) };
    const nodes = [
      node("Constant", [], { output: "z0", attributes: { value: { tensor: zero } } }),
      node("Constant", [], { output: "s0", attributes: { value: { tensorName: "one" } } }),
      node("Identity", ["s0"], { output: "s1" }),
      node("DequantizeLinear", ["w", "s1", "z0"], { output: "v" }),
      node("Conv", ["x", "v"]),
    ];
    expect(toldOfW(nodes)).toEqual({ scale: "one", zeroPoint: "", axis: 1, as: "Conv" });
    const branch: Subgraph = {
      inputs: [],
      outputs: [{ name: "r" }],
      nodes: [node("DequantizeLinear", ["local", "one"], { output: "v" }), node("MatMul", ["x", "v"], { output: "r" })],
      tensors: { local: "w" },
    };
    const attributes = { then_branch: { graph: branch } };
    expect(toldOfW([node("If", ["x"], { attributes })])).toEqual({ scale: "one", axis: 1, as: "MatMul" });
  });
});

test("they are not known where they are computed, go by blocks, or are not the same everywhere", () => {
  const dequantized = (scale: string, zeroPoint: string, own: Partial<Node> & { readonly output?: string } = {}) =>
    node("DequantizeLinear", ["w", scale, zeroPoint], { output: "v", ...own });
  const product = node("MatMul", ["x", "v"]);
  expect(toldOfW([dequantized("s", "x"), product])).toMatchObject({ whyNot: "its zero point is computed" });
  expect(toldOfW([dequantized("x", "z"), product])).toMatchObject({ whyNot: "its scale is computed" });
  expect(toldOfW([dequantized("s", "z", { attributes: { block_size: 2 } }), product])).toMatchObject({
    whyNot: "its scales go by blocks",
  });
  const twice = [dequantized("s", "z"), dequantized("s", "zero", { output: "u" }), node("MatMul", ["u", "v"])];
  expect(toldOfW(twice)).toMatchObject({ whyNot: "it is used by several scales or zero points" });
  const same = [dequantized("s", "z"), dequantized("s", "z", { output: "u" }), node("MatMul", ["u", "v"])];
  expect(toldOfW(same)).toMatchObject({ scale: "s", zeroPoint: "z" });
});

test("what integers stand for is told by one zero point, and one scale or as many as there are channels", () => {
  const of = (zeroPoints: readonly number[] | undefined, scales: readonly number[] | undefined, axis = 0) =>
    quantizationOf([2, 3], {
      zeroPoints: zeroPoints && Float32Array.from(zeroPoints),
      scales: scales && Float32Array.from(scales),
      axis,
    });
  expect(of(undefined, undefined)).toEqual({ zeroPoint: 0 });
  expect(of([7], [0.5])).toEqual({ zeroPoint: 7 });
  expect(of([7, 7], [0.5, 2])).toEqual({ zeroPoint: 7, channels: { axis: 0, scales: [0.5, 2] } });
  expect(of([7, 7, 7], [1, 2, 4], 1)).toEqual({ zeroPoint: 7, channels: { axis: 1, scales: [1, 2, 4] } });
  expect(of([7, 8], [0.5, 2])).toEqual({ whyNot: "its zero points differ from channel to channel" });
  expect(of([7], [1, 2, 4])).toEqual({ whyNot: "its scales are none for each channel" });
  expect(of([7], [1, 0])).toEqual({ whyNot: "a scale is not above 0" });
  expect(of([7], [1, Number.NaN])).toEqual({ whyNot: "a scale is not above 0" });
  expect(of([], [1])).toEqual({ whyNot: "its zero point is empty" });
});

test("a weight that the outline tells of is one though its graph makes numbers of it by arithmetic", () => {
  const outline = outlineOf([node("Mul", ["w", "s"], { output: "v" }), node("MatMul", ["x", "v"])]);
  const told = { weights: new Set(["w"]), quantizations: new Map([["w", { zeroPoint: 0.5 }]]) };
  expect(tensorUses(outline).get("w")).toEqual({ isWeight: false, as: "operand of Mul" });
  expect(tensorUses({ ...outline, ...told }).get("w")).toEqual({ isWeight: true, as: "weight" });
  expect(tensorUses({ ...outline, weights: told.weights }).get("w")!.isWeight).toBe(false);
});
