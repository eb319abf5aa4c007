import { readFile } from "node:fs/promises";
import {
  denseWeights,
  OPERATORS,
  prepare,
  prepareWith,
  runProblem,
  type ShapedArray,
  tensorOfArray,
  type WeightSource,
} from "@deep-compression/inference";
import { float, type Graph, type Node } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { LOWERINGS } from "../src/lowerings";
import { array, floats } from "./operator-runs";

type Attributes = Node["attributes"];

function fused(op: string, inputs: string, outputs: string, attributes: Attributes = {}): Node {
  return { ...plain(op, inputs, outputs, attributes), domain: "com.microsoft" };
}

/** Names are split at spaces; "-" is one that is not there. */
function plain(op: string, inputs: string, outputs: string, attributes: Attributes = {}): Node {
  const names = (list: string) => list.split(" ").map((name) => (name === "-" ? "" : name));
  return { op, inputs: names(inputs), outputs: names(outputs), attributes };
}

function graphOf(nodes: readonly Node[], inputs: Readonly<Record<string, ShapedArray>>, outputs = "y"): Graph {
  return {
    opset: 17,
    domains: { "com.microsoft": 1 },
    inputs: Object.entries(inputs).map(([name, { type = "float32" as const }]) => ({ name, type })),
    outputs: outputs.split(" ").map((name) => ({ name })),
    nodes,
  };
}

/** Runs nodes on the arrays that are no `weights`, which are constants. */
function run(
  nodes: readonly Node[],
  inputs: Readonly<Record<string, ShapedArray>>,
  { outputs = "y", weights = {} }: { readonly outputs?: string; readonly weights?: Record<string, ShapedArray> } = {},
) {
  const graph = graphOf(nodes, inputs, outputs);
  const tensors = Object.entries(weights).map(([name, value]) => tensorOfArray(name, value));
  return prepare({ graph }, denseWeights({ graph, tensors })).run(inputs);
}

const numbers = (value: ShapedArray | undefined) => Array.from(value!.data, Number);
const one = (type: "uint8" | "int8" | "float32", value: number) => array(type, [], value);
const none: WeightSource = {
  weight(name): never {
    throw new RangeError(`no weight ${name}`);
  },
};

describe("operators of onnxruntime's", () => {
  it("take names that nothing else has", () => {
    const x = floats([2], 1, -1);
    const nodes = [plain("Neg", "x", "y/1"), fused("BiasGelu", "x b", "y"), fused("BiasGelu", "y/1 b", "z")];
    const { y, z } = run(nodes, { x }, { weights: { b: floats([2], 0, 0) }, outputs: "y z" });
    expect(numbers(y).map((value) => value.toFixed(4))).toEqual(["0.8413", "-0.1587"]);
    expect(numbers(z).map((value) => value.toFixed(4))).toEqual(["-0.1587", "0.8413"]);
  });

  it("are lowered within branches and functions, where a name may be another tensor", () => {
    const branch = (name: string) => ({
      graph: {
        inputs: [],
        outputs: [{ name: `${name}.y` }],
        nodes: [fused("FusedMatMul", "x w", `${name}.y`, { transB: 1 })],
        tensors: { w: name },
      },
    });
    const x = floats([1, 2], 1, 10);
    const c = array("bool", [], 1);
    const choice = plain("If", "c", "t", { then_branch: branch("w1"), else_branch: branch("w2") });
    const own = {
      name: "Own",
      domain: "own",
      inputs: ["a"],
      outputs: ["b"],
      nodes: [fused("FastGelu", "a", "b")],
      tensors: {},
    };
    const graph: Graph = {
      ...graphOf([choice, { ...plain("Own", "t", "y"), domain: "own" }], { x, c }),
      functions: [own],
    };
    const weights = { w1: floats([1, 2], 2, 3), w2: floats([1, 2], -2, -3) };
    const tensors = Object.entries(weights).map(([name, value]) => tensorOfArray(name, value));
    const session = prepare({ graph }, denseWeights({ graph, tensors }));
    expect(numbers(session.run({ x, c }).y)[0]).toBeCloseTo(32, 5);
    expect(numbers(session.run({ x, c: array("bool", [], 0) }).y)[0]).toBeCloseTo(0, 5);
    expect(runProblem(graph)).toBeUndefined();
  });

  it("give several outputs, some of them read within and by the graph", () => {
    const [x, skip] = [floats([1, 2], 1, 3), floats([1, 2], 1, -1)];
    const nodes = [fused("SkipLayerNormalization", "x skip g", "y - - sum"), plain("Neg", "sum", "less")];
    const { y, sum, less } = run(nodes, { x, skip }, { outputs: "y sum less", weights: { g: floats([2], 1, 2) } });
    expect(numbers(sum)).toEqual([2, 2]);
    expect(numbers(less)).toEqual([-2, -2]);
    expect(numbers(y)).toEqual([0, 0]);
  });

  it("leave a layer its weight as it is stored, turned or not", () => {
    const codes = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 11 === 0 ? 1 : 0));
    const stored = { form: "dense", codes, centroids: Float32Array.of(0, 0.5) } as const;
    const weights: WeightSource = {
      weight: (name) => (name === "w" ? { shape: [64, 64], stored } : none.weight(name)),
    };
    const x = floats([1, 64], ...Array.from({ length: 64 }, (_, i) => i));
    const outputs = [
      fused("FusedMatMul", "x w", "y", { transB: 1, alpha: float(2) }),
      fused("FusedGemm", "x w", "y", { transB: 1, alpha: float(2), activation: "Relu" }),
    ].map((node) => {
      const session = prepare({ graph: graphOf([node], { x }) }, weights);
      expect(session.layers.map(({ layout }) => layout)).toEqual(["grouped by code"]);
      return numbers(session.run({ x }).y);
    });
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]![0]).toBe([0, 11, 22, 33, 44, 55].reduce((sum, value) => sum + value, 0));
  });

  it.each([7, 10, 11, 17])("FusedConv and its Clip by operators of version %i", (opset) => {
    const x = floats([1, 1, 4], 1, 2, 3, 4);
    const clip = { activation: "Clip", activation_params: { floats: [-1, 5] } };
    const graph = { ...graphOf([fused("FusedConv", "x w - z", "y", clip)], { x, z: x }), opset };
    const tensors = [tensorOfArray("w", floats([1, 1, 1], -3))];
    const inputs = { x, z: floats([1, 1, 4], 3, 9, 9, 30) };
    expect(numbers(prepare({ graph }, denseWeights({ graph, tensors })).run(inputs).y)).toEqual([0, 3, 0, 5]);
  });

  it("that no kernel of onnxruntime's for processors computes are those of other operators", () => {
    const [x, b] = [floats([1, 2], 1, -2), floats([2], 0.5, 1)];
    const nodes = [
      fused("BiasSplitGelu", "x b", "s"),
      plain("Add", "x b", "s1"),
      plain("Split", "s1", "s2 s3", { axis: 1 }),
      plain("Gelu", "s3", "s4"),
      plain("Mul", "s2 s4", "s5"),
      fused("LayerNormalization", "x w1 b", "n", { epsilon: float(0.5) }),
      plain("LayerNormalization", "x w1 b", "n1", { epsilon: float(0.5) }),
    ];
    const weights = { b, w1: floats([2], 2, 3) };
    const got = run(nodes, { x }, { outputs: "s s5 n n1", weights });
    for (const [ours, other] of ["s s5", "n n1"].map((pair) => pair.split(" ")))
      expect(got[ours!]).toEqual(got[other!]);
  });

  it("of float16 have constants of float16", () => {
    const x = array("float16", [1, 1], 0.5);
    const node = fused("FusedMatMul", "x x", "y", { alpha: float(3) });
    const { y } = run([node], { x });
    expect([y!.type, ...numbers(y)]).toEqual(["float16", 0.75]);
  });
});

describe("quantized operators", () => {
  it("round half to even and keep to their type; a zero point that is not there is 0", () => {
    const [a, b] = [array("uint8", [4], 1, 3, 5, 255), array("uint8", [4], 0, 0, 0, 255)];
    const weights = { s: one("float32", 1), t: one("float32", 2) };
    const { y } = run([fused("QLinearAdd", "a s - b s - t", "y")], { a, b }, { weights });
    expect([y!.type, ...numbers(y)]).toEqual(["uint8", 0, 2, 2, 255]);
    const signed = { a: array("int8", [3], -128, 3, 127), b: array("int8", [3], 1, 1, 2) };
    const { y: less } = run([fused("QLinearMul", "a s - b s - s -", "y")], signed, { weights });
    expect([less!.type, ...numbers(less)]).toEqual(["int8", -128, 3, 127]);
  });

  it("QLinearReduceMean takes its axes from an attribute", () => {
    const x = array("uint8", [2, 3], 1, 2, 3, 10, 20, 33);
    const weights = { s: one("float32", 0.5), z: one("uint8", 0) };
    const node = fused("QLinearReduceMean", "x s z s z", "y", { axes: [1], keepdims: 0 });
    expect(numbers(run([node], { x }, { weights }).y)).toEqual([2, 21]);
  });
});

describe("MatMulNBits", () => {
  const x = floats([2, 3], 1, 0, 0, 0, 1, 10);
  const attributes = { K: 3, N: 2, bits: 4, block_size: 2 };
  // Columns [1, 2 | 3] and [15, 0 | 8], the first of each byte in its low half.
  const B = array("uint8", [2, 2, 1], 0x21, 0x03, 0x0f, 0x08);
  const scales = floats([4], 1, 10, 2, 0.5);

  it("subtracts 8 where there are no zero points", () => {
    const product = fused("MatMulNBits", "x B1 scales", "y", attributes);
    const { y } = run([plain("Identity", "B", "B1"), product], { x }, { weights: { B, scales } });
    expect(numbers(y)).toEqual([-7, 14, -6 - 500, -16]);
  });

  it("has packed zero points, a column from a byte on, or floats; then a bias", () => {
    const packed = array("uint8", [2], 0x31, 0x80); // 1 and 3; 0 and 8
    const listed = floats([2, 2], 1, 3, 0, 8);
    for (const zeros of [packed, listed]) {
      const weights = { B, scales, zeros, bias: floats([2], 100, 200) };
      const { y } = run([fused("MatMulNBits", "x B scales zeros - bias", "y", attributes)], { x }, { weights });
      expect(numbers(y)).toEqual([100, 230, 101, 200]);
    }
  });

  it("of float16 has a weight that is rounded to it", () => {
    const half = array("float16", [1, 3], 1, 0, 0);
    const weights = { B, scales: array("float16", [4], 0.0999755859375, 1, 1, 1) };
    const { y } = run([fused("MatMulNBits", "x B scales", "y", attributes)], { x: half }, { weights });
    expect([y!.type, numbers(y)[0]!.toFixed(5)]).toEqual(["float16", (-0.69970703125).toFixed(5)]);
  });

  it("says what does not fit, before it takes room", () => {
    const broken = [{ K: 2 ** 40 }, { block_size: 0 }, { block_size: -2 }, { N: 3 }];
    for (const wrong of broken) {
      const node = fused("MatMulNBits", "x B scales", "y", { ...attributes, ...wrong });
      expect(() => run([node], { x }, { weights: { B, scales } })).toThrow(/weight "(B|scales)": expected/);
    }
  });
});

describe("what cannot be lowered", () => {
  const x = floats([1, 1], 1);

  it("is named all at once, with reasons", () => {
    const nodes = [
      fused("FusedMatMul", "x x", "a", { transBatchA: 1 }),
      fused("Strange", "a", "b"),
      fused("FusedGemm", "b b", "c", { activation: "Odd" }),
      plain("Other", "c", "d"),
      { ...plain("Conv", "d d", "y"), domain: "com.microsoft.nchwc" },
    ];
    const operators =
      "com.microsoft.FusedMatMul, com.microsoft.Strange, com.microsoft.FusedGemm, Other, com.microsoft.nchwc.Conv";
    const problem = [
      `it lacks the operators ${operators}`,
      "com.microsoft.FusedMatMul: transBatchA and transBatchB are not taken",
      'com.microsoft.FusedGemm: the activation "Odd" is not known',
      "com.microsoft.nchwc: saved for one processor's layout; export with a lower optimization level",
    ].join("; ");
    const graph = graphOf(nodes, { x });
    expect(runProblem(graph)).toBe(problem);
    expect(() => prepare({ graph }, none)).toThrow(`graph: a session cannot run it: ${problem}`);
  });

  it("is a weight of MatMulNBits that is no constant, or of other bits", () => {
    const inputs = { x, B: array("uint8", [1, 1, 1], 0), s: floats([1], 1) };
    const nodeOf = (bits: number, names = "x B s") =>
      fused("MatMulNBits", names, "y", { K: 1, N: 1, bits, block_size: 2 });
    expect(() => run([nodeOf(4)], inputs)).toThrow("com.microsoft.MatMulNBits: its weights are not constant");
    expect(runProblem(graphOf([nodeOf(2)], inputs))).toMatch("weights of 2 bits are not taken");
    expect(runProblem(graphOf([nodeOf(4, "x B s - B")], inputs))).toMatch("an order of groups (g_idx) is not taken");
  });

  it("is an attribute of another kind", () => {
    const graph = graphOf([fused("FusedMatMul", "x x", "y", { alpha: 1 })], { x });
    expect(runProblem(graph)).toMatch('attribute "alpha" expected a float');
  });

  it.each([
    ["SkipSimplifiedLayerNormalization", "x x x", "y inverse", "its means or inverse deviations are read"],
    ["SimplifiedLayerNormalization", "x x", "y inverse", "its inverse deviations are read"],
    ["Attention", "x x x - x", "y inverse", "a past state is not taken"],
    ["MultiHeadAttention", "x", "y inverse", "packed keys and values are not taken"],
    ["MultiHeadAttention", "x x x - - - x", "y inverse", "past keys and values are not taken"],
    ["EmbedLayerNormalization", "x - x x - x x", "y inverse", "a count of tokens without a mask is not taken"],
  ])("is a part of %s (%s)", (op, inputs, outputs, reason) => {
    expect(runProblem(graphOf([fused(op, inputs, outputs)], { x }, outputs))).toMatch(`com.microsoft.${op}: ${reason}`);
  });

  it("is anything without the pass, which a bundle of some operators does without", () => {
    const graph = graphOf([fused("Gelu", "x", "y")], { x });
    expect(() => prepareWith({ graph }, none, { operators: OPERATORS })).toThrow(
      "it lacks the operator com.microsoft.Gelu",
    );
  });
});

describe("attention", () => {
  const attributes = { num_heads: 1, scale: float(1) };
  const q = floats([1, 1, 1], 0);
  const [k, v] = [floats([1, 3, 1], 1, 2, 3), floats([1, 3, 1], 10, 20, 60)];

  it("looks at the tokens of a mask alone, which may be constant or computed, a list or a count", () => {
    const node = fused("MultiHeadAttention", "q k v - mask", "y", attributes);
    for (const mask of [array("int32", [1, 3], 1, 1, 0), array("int32", [1], 2)]) {
      expect(numbers(run([node], { q, k, v, mask }).y)).toEqual([15]);
      expect(numbers(run([node], { q, k, v }, { weights: { mask } }).y)).toEqual([15]);
    }
    expect(numbers(run([{ ...node, inputs: ["q", "k", "v"] }], { q, k, v }).y)).toEqual([30]);
  });

  it("refuses keys of four axes and masks of three", () => {
    const deep = floats([1, 1, 3, 1], 1, 2, 3);
    const node = fused("MultiHeadAttention", "q k v - mask", "y", attributes);
    const mask = array("int32", [1, 1, 3], 1, 1, 1);
    expect(() => run([node], { q, k, v, mask })).toThrow(/does not fit an input of shape \[1,1,3\]/);
    expect(() => run([{ ...node, inputs: ["q", "k", "v"] }], { q, k: deep, v: deep })).toThrow(/does not fit an input/);
  });
});

it("the README names each operator that is lowered", async () => {
  const text = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const named = new Set(text.match(/\w+/g));
  const lowered = Object.values(LOWERINGS).flatMap((operators) => Object.keys(operators));
  expect(lowered.filter((name) => !named.has(name))).toEqual([]);
});
