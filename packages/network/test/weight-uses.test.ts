import {
  type Attribute,
  type ElementType,
  type Graph,
  type GraphFunction,
  lenet5,
  type Node,
  type Subgraph,
  tensorUses,
  weightTensors,
} from "@deep-compression/network";
import { describe, expect, test } from "vitest";

function node(op: string, inputs: readonly string[], own: Partial<Node> & { readonly output?: string } = {}): Node {
  const { output = "y", ...rest } = own;
  return { op, inputs, outputs: [output], attributes: {}, ...rest };
}

const value = (name: string) => ({ name, type: "float32" as const, shape: ["N", 8] });

function graphOf(nodes: readonly Node[], own: Partial<Graph> = {}): Graph {
  return { opset: 17, inputs: [value("x")], outputs: [value("y")], nodes, ...own };
}

function subgraph(nodes: readonly Node[], own: Partial<Subgraph> = {}): Subgraph {
  return { inputs: [], outputs: [{ name: "z" }], nodes, tensors: {}, ...own };
}

const tensor = (name: string, type: ElementType = "float32", shape: readonly number[] = [8, 8]) => ({
  name,
  type,
  shape,
});

/** What "w" is in a graph: the operator that it is a weight of, or why it is none, in parentheses. */
function useOfW(nodes: readonly Node[], own: Partial<Graph> = {}, w = tensor("w")): string | undefined {
  const others = ["other", "indices", "b"].map((name) => tensor(name, name === "indices" ? "int64" : "float32"));
  const use = tensorUses({ graph: graphOf(nodes, own), tensors: [w, ...others] }).get("w");
  return use && (use.isWeight ? use.as : `(${use.as})`);
}

describe("a tensor is a weight", () => {
  test.each([
    ["MatMul", ["x", "w"]],
    ["MatMul", ["w", "x"]],
    ["Gemm", ["x", "w", "b"]],
    ["Gemm", ["w", "x"]],
    ["Conv", ["x", "w", "b"]],
    ["ConvTranspose", ["x", "w"]],
    ["LSTM", ["x", "w", "other", "b"]],
    ["LSTM", ["x", "other", "w"]],
    ["GRU", ["x", "w", "other"]],
    ["RNN", ["x", "other", "w"]],
    ["Gather", ["w", "x"]],
    ["Einsum", ["x", "w"]],
  ])("as the constant operand of %s(%s)", (op, inputs) => {
    expect(useOfW([node(op, inputs)])).toBe(op);
  });

  test.each([
    ["FusedConv", ["x", "w", "b"]],
    ["FusedMatMul", ["x", "w"]],
    ["FusedGemm", ["x", "w"]],
    ["Attention", ["x", "w", "b"]],
    ["EmbedLayerNormalization", ["x", "x", "w"]],
  ])("as that of onnxruntime's %s(%s), and of no other domain's", (op, inputs) => {
    expect(useOfW([node(op, inputs, { domain: "com.microsoft" })])).toBe(op);
    expect(useOfW([node(op, inputs, { domain: "acme" })])).toBe(`(operand of ${op})`);
    expect(useOfW([node("Conv", inputs, { domain: "acme" })])).toBe("(operand of Conv)");
  });

  test.each([
    "Transpose",
    "Reshape",
    "Cast",
    "Identity",
    "DequantizeLinear",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Slice",
    "Split",
  ])("behind %s, however many there are", (op) => {
    expect(useOfW([node(op, ["w", "other"], { output: "v" }), node("MatMul", ["x", "v"])])).toBe("MatMul");
    const chain = [node(op, ["w"], { output: "v1" }), node("Identity", ["v1"], { output: "v2" })];
    expect(useOfW([...chain, node("Conv", ["x", "v2"])])).toBe("Conv");
    expect(useOfW([...chain, node("Add", ["x", "v2"])])).toBe("(operand of Add)");
    expect(useOfW([node(op, ["other", "w"], { output: "v" }), node("MatMul", ["x", "v"])])).toBe(`(operand of ${op})`);
  });

  test("behind a Concat of constants, such as an LSTM's gates in another order, but not with a computed value", () => {
    const gates = [
      node("Slice", ["w", "indices"], { output: "a" }),
      node("Slice", ["w", "indices"], { output: "c" }),
      node("Concat", ["a", "c"], { output: "v" }),
    ];
    expect(useOfW([...gates, node("LSTM", ["x", "v", "other"])])).toBe("LSTM");
    expect(useOfW([node("Concat", ["w", "x"], { output: "v" }), node("MatMul", ["v", "other"])])).toBe(
      "(operand of Concat)",
    );
  });

  test("in a branch of an If, where it is the branch's own or one of the graph around", () => {
    const branch = (name: string, own: Partial<Subgraph> = {}) =>
      node("If", ["x"], {
        attributes: { then_branch: { graph: subgraph([node("Conv", ["x", name], { output: "z" })], own) } },
      });
    expect(useOfW([branch("w")])).toBe("Conv");
    expect(useOfW([branch("local", { tensors: { local: "w" } })])).toBe("Conv");
    expect(useOfW([branch("w", { tensors: { w: "other" } })])).toBe("(not used)");
    expect(useOfW([branch("w"), node("Add", ["w", "x"], { output: "sum" })])).toBe("(operand of Add)");
  });

  test("chosen by an If whose branches only give it", () => {
    const give = (name: string): Attribute => ({
      graph: subgraph([node("Identity", [name], { output: "z" })]),
    });
    const chosen = node("If", ["x"], {
      output: "v",
      attributes: { then_branch: give("w"), else_branch: give("other") },
    });
    expect(useOfW([chosen, node("MatMul", ["x", "v"])])).toBe("MatMul");
    expect(useOfW([chosen, node("Mul", ["x", "v"])])).toBe("(operand of Mul)");
  });

  test("in the body of a Loop, but not as what it starts with or gives", () => {
    const body = (nodes: readonly Node[], own: Partial<Subgraph> = {}): Partial<Node> => ({
      attributes: { body: { graph: subgraph(nodes, own) } },
    });
    const product = [node("MatMul", ["state", "w"], { output: "z" })];
    expect(useOfW([node("Loop", ["x"], body(product, { inputs: [{ name: "state" }] }))])).toBe("MatMul");
    expect(useOfW([node("Loop", ["x", "w"], body([]))])).toBe("(operand of Loop)");
    const given = body([node("Identity", ["w"], { output: "z" })]);
    expect(useOfW([node("Scan", ["x"], given)])).toBe("(output of a graph in Scan)");
  });

  test("of a function, through its calls, as its own constant or by what it gives back", () => {
    const layer = (own: Partial<GraphFunction>): Partial<Graph> => ({
      functions: [
        { name: "Layer", domain: "acme", inputs: ["p", "q"], outputs: ["r"], nodes: [], tensors: {}, ...own },
      ],
    });
    const call = node("Layer", ["x", "w"], { domain: "acme" });
    const product = layer({ nodes: [node("MatMul", ["p", "q"], { output: "r" })] });
    expect(useOfW([call], product)).toBe("MatMul");
    expect(useOfW([call], layer({ nodes: [node("Mul", ["p", "q"], { output: "r" })] }))).toBe("(operand of Mul)");
    expect(useOfW([node("Layer", ["x", "w"])], product)).toBe("(operand of Layer)");
    const own = layer({ nodes: [node("MatMul", ["p", "k"], { output: "r" })], tensors: { k: "w" } });
    expect(useOfW([node("Layer", ["x", "other"], { domain: "acme" })], own)).toBe("MatMul");
    const turned = layer({ nodes: [node("Transpose", ["q"], { output: "r" })] });
    const made = { domain: "acme", output: "v" };
    expect(useOfW([node("Layer", ["x", "w"], made), node("Gemm", ["x", "v"])], turned)).toBe("Gemm");
    expect(useOfW([node("Layer", ["x", "w"], made), node("Add", ["x", "v"])], turned)).toBe("(operand of Add)");
  });

  test("as the value of a Constant node", () => {
    const constant = node("Constant", [], { output: "v", attributes: { value: { tensorName: "w" } } });
    expect(useOfW([constant, node("Conv", ["x", "v"])])).toBe("Conv");
    expect(useOfW([constant, node("Add", ["x", "v"])])).toBe("(operand of Add)");
    const fill = node("ConstantOfShape", ["x"], { attributes: { value: { tensorName: "w" } } });
    expect(useOfW([fill])).toBe("(attribute of ConstantOfShape)");
  });

  test("of integers only if they are dequantized, and in a list that is picked from only if it has rows", () => {
    const bytes = tensor("w", "int8");
    const dequantized = [node("DequantizeLinear", ["w", "other"], { output: "v" }), node("Conv", ["x", "v"])];
    expect(useOfW(dequantized, {}, bytes)).toBe("Conv");
    expect(useOfW([node("Gather", ["w", "x"])], {}, tensor("w", "int64"))).toBe("(int64 operand of Gather)");
    expect(useOfW([node("Gather", ["w", "x"])], {}, tensor("w", "float32", [100]))).toBe(
      "(list that Gather picks from)",
    );
    expect(useOfW([node("MatMul", ["x", "w"])], {}, tensor("w", "float16"))).toBe("MatMul");
  });
});

describe("a tensor is no weight", () => {
  test.each([
    ["Add", ["x", "w"]],
    ["Mul", ["x", "w"]],
    ["PRelu", ["x", "w"]],
    ["Where", ["x", "x", "w"]],
    ["BatchNormalization", ["x", "w", "b", "b", "b"]],
    ["LayerNormalization", ["x", "w"]],
    ["Conv", ["x", "other", "w"]],
    ["Gemm", ["x", "other", "w"]],
    ["LSTM", ["x", "other", "other", "w"]],
    ["Gather", ["x", "w"]],
    ["DequantizeLinear", ["x", "w"]],
  ])("as an operand of %s(%s)", (op, inputs) => {
    expect(useOfW([node(op, inputs)])).toBe(`(operand of ${op})`);
  });

  test("if it is used in any other way too, is an output of the graph, or nothing uses it", () => {
    const product = node("MatMul", ["x", "w"]);
    expect(useOfW([product, node("Add", ["x", "w"], { output: "z" })])).toBe("(operand of Add)");
    expect(useOfW([product], { outputs: [value("y"), value("w")] })).toBe("(output of the graph)");
    expect(useOfW([node("Relu", ["x"])])).toBe("(not used)");
  });

  test("though a value of its name is one in a function that does not see it", () => {
    const functions = [
      { name: "F", domain: "acme", inputs: [], outputs: ["r"], nodes: [node("MatMul", ["x", "w"])], tensors: {} },
    ];
    expect(useOfW([node("F", [], { domain: "acme" })], { functions })).toBe("(not used)");
  });
});

describe("without a graph", () => {
  const uses = (tensors: readonly ReturnType<typeof tensor>[]) =>
    [...tensorUses({ tensors }).values()].map(({ isWeight, as }) => (isWeight ? "weight" : as));

  test("a weight is a float tensor of at least 16 rows and 16 columns that is not named as a mask", () => {
    expect(
      uses([
        tensor("fc", "float32", [16, 16]),
        tensor("conv", "float16", [64, 3, 3, 3]),
        tensor("emb", "bfloat16", [1000, 64]),
        tensor("prelu", "float32", [64, 1, 1]),
        tensor("few rows", "float32", [15, 1000]),
        tensor("bias", "float32", [1000]),
        tensor("ids", "int64", [100, 100]),
        tensor("fc.weight_mask", "float32", [100, 100]),
        tensor("attn.mask", "float32", [100, 100]),
        tensor("masked", "float32", [100, 100]),
        tensor("scalar", "float32", []),
      ]),
    ).toEqual([
      "weight",
      "weight",
      "weight",
      "fewer than 16 rows or columns",
      "fewer than 16 rows or columns",
      "rank below 2",
      "int64",
      "named as a mask",
      "named as a mask",
      "weight",
      "rank below 2",
    ]);
  });
});

describe("a network's weights", () => {
  test("are its filters and matrices, with the operator of each", () => {
    const weights = weightTensors(lenet5.graph, tensorsOf(lenet5.parameters));
    expect([...weights]).toEqual([
      ["conv1.weight", { op: "Conv" }],
      ["conv2.weight", { op: "Conv" }],
      ["ip1.weight", { op: "Gemm" }],
      ["ip2.weight", { op: "Gemm" }],
    ]);
  });

  test("are found in graphs of many nodes and values of any name", () => {
    const count = 20_000;
    const names = Array.from({ length: count }, (_, i) => (i === 0 ? "__proto__" : `w${i}`));
    const nodes = names.map((name, i) => node("Gemm", [i === 0 ? "x" : `v${i - 1}`, name], { output: `v${i}` }));
    const tensors = names.map((name) => tensor(name));
    expect(weightTensors(graphOf(nodes, { outputs: [value(`v${count - 1}`)] }), tensors).size).toBe(count);
  });
});

function tensorsOf(parameters: readonly { readonly name: string; readonly shape: readonly number[] }[]) {
  return parameters.map(({ name, shape }) => ({ name, shape, type: "float32" as const }));
}
