// What graphs are made of models of TensorFlow.js, and which of their tensors are weights.
import { tensorUses } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { attr, float, graphModel, networkOf, one, openArtifacts, type TestGraph, whole } from "./tensorflowjs-models";

const zeros = (...shape: number[]) =>
  float(shape, new Array<number>(shape.reduce((product, size) => product * size, 1)).fill(0));
const steps = (stride: number, padding: string) => ({
  strides: attr.ints([1, stride, stride, 1]),
  dilations: attr.ints([1, 1, 1, 1]),
  padding: attr.text(padding),
});
const images = { x: { shape: [2, 5, 6, 3] } };

/** The nodes of a graph without their constants: operator, attributes but for the window's. */
async function nodesOf(graph: TestGraph) {
  const { graph: made } = await networkOf(await openArtifacts(graphModel(graph)));
  return made!.nodes.filter(({ op }) => op !== "Constant").map(({ op, attributes }) => ({ op, attributes }));
}

/** As {@link nodesOf}, operators only. */
async function operatorsOf(graph: TestGraph): Promise<readonly string[]> {
  return (await nodesOf(graph)).map(({ op }) => op);
}

/** The weights that a graph has, with the operators that use them. */
async function weightsOf(graph: TestGraph): Promise<Readonly<Record<string, string>>> {
  const { network } = await openArtifacts(graphModel(graph));
  const weights = [...tensorUses(network)].filter(([, { isWeight }]) => isWeight);
  return Object.fromEntries(weights.map(([name, { as }]) => [name, as]));
}

const twoLayers: TestGraph = {
  inputs: images,
  constants: { w: zeros(3, 3, 3, 4), b: zeros(4), v: zeros(1, 1, 4, 2), c: zeros(2) },
  nodes: [
    { name: "first", op: "Conv2D", input: ["x", "w"], attr: steps(1, "SAME") },
    { name: "biased", op: "BiasAdd", input: ["first", "b"] },
    { name: "relu", op: "Relu", input: ["biased"] },
    {
      op: "_FusedConv2D",
      input: ["relu", "v", "c"],
      attr: { ...steps(2, "VALID"), fused_ops: attr.texts(["BiasAdd"]) },
    },
  ],
};

test("layers behind one another turn images once before and once behind them, and filters where they are used", async () => {
  expect(await operatorsOf(twoLayers)).toEqual([
    "Transpose",
    "Transpose",
    "Conv",
    "Relu",
    "Transpose",
    "Conv",
    "Transpose",
  ]);
  const { graph } = await networkOf(await openArtifacts(graphModel(twoLayers)));
  const conv = graph!.nodes.filter(({ op }) => op === "Conv");
  expect(conv.map(({ inputs }) => inputs[2])).toEqual(["b", "c"]);
  expect(conv[0].attributes).toEqual({ kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] });
  expect(graph!.outputs).toEqual([{ name: "out" }]);
  expect(graph!.inputs).toEqual([{ name: "x", type: "float32", shape: [2, 5, 6, 3] }]);
});

test("filters are weights by their use, biases are none", async () => {
  expect(await weightsOf(twoLayers)).toEqual({ w: "Conv", v: "Conv" });
});

test("a bias of a layer that something else reads too stays an addition", async () => {
  const [conv, bias] = twoLayers.nodes;
  const graph = { ...twoLayers, nodes: [conv, { ...bias, name: "out" }], outputs: ["out", "first"] };
  expect(await operatorsOf(graph)).toContain("Add");
});

test("padding that keeps the size is told as auto_pad where it depends on the size", async () => {
  const graph = { ...twoLayers, nodes: [{ op: "Conv2D", input: ["x", "w"], attr: steps(2, "SAME") }] };
  const conv = (await nodesOf(graph)).find(({ op }) => op === "Conv");
  expect(conv?.attributes).toEqual({ kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" });
});

test("a depthwise filter is the weight of a convolution in groups, in one more shape if it makes several of each channel", async () => {
  const of = (multiplier: number): TestGraph => ({
    inputs: images,
    constants: { w: zeros(3, 3, 3, multiplier) },
    nodes: [{ op: "DepthwiseConv2dNative", input: ["x", "w"], attr: steps(1, "VALID") }],
  });
  expect(await operatorsOf(of(1))).toEqual(["Transpose", "Transpose", "Conv", "Transpose"]);
  expect(await operatorsOf(of(2))).toEqual(["Transpose", "Reshape", "Transpose", "Conv", "Transpose"]);
  expect((await nodesOf(of(2))).find(({ op }) => op === "Conv")?.attributes).toMatchObject({ group: 3 });
  expect(await weightsOf(of(2))).toEqual({ w: "Conv" });
});

test("codes of a byte become numbers by DequantizeLinear if one of them is 0, otherwise as TensorFlow.js reckons", async () => {
  const of = (min: number): TestGraph => ({
    inputs: { x: { shape: [2, 4] } },
    constants: {
      w: { type: "float32", shape: [4, 1], values: [0, 1, 2, 255], quantization: { dtype: "uint8", min, scale: 0.5 } },
    },
    nodes: [{ op: "MatMul", input: ["x", "w"] }],
  });
  expect(await operatorsOf(of(-3))).toEqual(["DequantizeLinear", "MatMul"]);
  expect(await operatorsOf(of(-3.1))).toEqual(["Cast", "Mul", "Add", "Cast", "MatMul"]);
});

test("an operator that ONNX has not stays a node of TensorFlow's, with its attributes, and shape tells its weights", async () => {
  const graph: TestGraph = {
    inputs: { x: { shape: [2, 64] } },
    constants: { large: zeros(64, 32), small: zeros(4, 4), rows: zeros(20, 20), i: whole(0), w: zeros(64, 3) },
    nodes: [
      {
        name: "odd",
        op: "Odd",
        input: ["x", "large", "small"],
        attr: { axis: attr.int(3), mode: attr.text("a"), T: attr.type("DT_FLOAT") },
      },
      { name: "sum", op: "SparseSegmentMean", input: ["rows", "i", "i"] },
      { op: "MatMul", input: ["odd:1", "w"] },
    ],
    outputs: ["out", "sum"],
  };
  const { graph: made } = await networkOf(await openArtifacts(graphModel(graph)));
  expect(made!.domains).toEqual({ tensorflow: 1 });
  expect(made!.nodes[0]).toEqual({
    op: "Odd",
    domain: "tensorflow",
    inputs: ["x", "large", "small"],
    outputs: ["odd/Odd", "odd/Odd_1"],
    attributes: { axis: 3, mode: "a", T: "DT_FLOAT" },
  });
  expect(await weightsOf(graph)).toEqual({ large: "shape", rows: "SparseSegmentMean", w: "MatMul" });
});

test("what depends on numbers that are computed is not guessed", async () => {
  const graph: TestGraph = {
    inputs: { x: { shape: [2, 3] }, p: { dtype: "DT_INT32", shape: [2] } },
    nodes: [{ op: "Transpose", input: ["x", "p"] }],
  };
  const { graph: made } = await networkOf(await openArtifacts(graphModel(graph)));
  expect(made!.nodes.map(({ op, domain }) => [op, domain])).toEqual([["Transpose", "tensorflow"]]);
});

test("an output that is an input, a constant or another output has a value of its own", async () => {
  const graph: TestGraph = {
    inputs: { x: { shape: [2, 3] } },
    constants: { c: zeros(2) },
    nodes: [
      { name: "a", op: "Identity", input: ["x"] },
      { name: "b", op: "Identity", input: ["c"] },
      { name: "d", op: "Relu", input: ["x"] },
      { name: "e", op: "Identity", input: ["d"] },
    ],
    outputs: ["a", "b", "d", "e"],
  };
  const { graph: made } = await networkOf(await openArtifacts(graphModel(graph)));
  expect(made!.outputs.map(({ name }) => name)).toEqual(["a", "b", "d", "e"]);
  expect(made!.nodes.map(({ op }) => op).sort()).toEqual(["Identity", "Identity", "Identity", "Relu"]);
});

test.each([
  [
    "a loop",
    [
      { name: "a", op: "Merge", input: ["b"] },
      { name: "b", op: "NextIteration", input: ["a"] },
      { op: "Exit", input: ["a"] },
    ],
    'its graph has a loop (NextIteration node "b"), which ONNX\'s graphs have not',
  ],
  [
    "a node that is not there",
    [{ op: "Relu", input: ["y"] }],
    'the topology has no node "y", which another takes from',
  ],
  [
    "two nodes of one name",
    [
      { op: "Relu", input: ["x"] },
      { op: "Relu", input: ["x"] },
    ],
    'two nodes of the topology are named "out"',
  ],
  ["an input that is missing", [{ op: "Sqrt", input: [] }], '"out": an input is missing'],
] as const)("of a topology with %s there is no graph, and it is said why", async (_, nodes, problem) => {
  const { network, graphProblem } = await openArtifacts(
    graphModel({ inputs: images, constants: { c: one(1) }, nodes: nodes as TestGraph["nodes"] }),
  );
  expect(network.graph).toBeUndefined();
  expect(graphProblem).toBe(`the topology of the TensorFlow.js model was not understood: ${problem}`);
});

/** A layers model of one input and these layers. */
function layersModel(
  layers: readonly { className: string; config: object }[],
  weights: Readonly<Record<string, readonly number[]>>,
) {
  const specs = Object.entries(weights).map(([name, shape]) => ({ name, shape, dtype: "float32" }));
  const count = specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const list = layers.map(({ className, config }) => ({ class_name: className, config }));
  const modelTopology = { class_name: "Sequential", config: { name: "model", layers: list } };
  return { modelTopology, weightSpecs: specs, weightData: new ArrayBuffer(4 * count) };
}

const denseLayer = {
  className: "Dense",
  config: { name: "d", units: 2, activation: "relu", batch_input_shape: [null, 3] },
};

test("a layers model has the weights of its layers, whatever stands between the two names", async () => {
  for (const names of [
    ["d/kernel", "d/bias"],
    ["d/cell/kernel", "d/cell/bias"],
  ] as const) {
    const opened = await openArtifacts(layersModel([denseLayer], { [names[0]]: [3, 2], [names[1]]: [2] }));
    const { graph } = await networkOf(opened);
    expect(graph!.nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual([
      ["MatMul", "d_input", names[0]],
      ["Add", "d/MatMul", names[1]],
      ["Relu", "d/Add"],
    ]);
    expect(graph!.inputs).toEqual([{ name: "d_input", type: "float32", shape: ["N", 3] }]);
    expect(tensorUses(opened.network).get(names[0])).toEqual({ isWeight: true, as: "MatMul" });
  }
});

test("a layer that is not known stays a node of its class, with the weights of its name", async () => {
  const layers = [denseLayer, { className: "Twice", config: { name: "t" } }];
  const opened = await openArtifacts(layersModel(layers, { "d/kernel": [3, 2], "d/bias": [2], "t/scale": [1] }));
  const { graph } = await networkOf(opened);
  expect(graph!.nodes.at(-1)).toMatchObject({
    op: "Twice",
    domain: "tensorflow",
    inputs: ["d/Relu", "t/scale"],
    outputs: ["t"],
  });
});

test("layers without their weights, and models of no class, have no graph", async () => {
  const missing = await openArtifacts(layersModel([denseLayer], { "d/kernel": [3, 2] }));
  expect(missing.graphProblem).toMatch(/layer "d" has no weight "bias"$/);
  const nameless = layersModel([{ className: "Dense", config: {} }], {});
  expect((await openArtifacts(nameless)).graphProblem).toMatch(/a layer "Dense" of the topology has no name$/);
});

/** A value of JSON with another in one place; `at` picks the place. */
function changed(value: unknown, at: number, other: unknown): unknown {
  let left = at;
  const visit = (one: unknown): unknown => {
    if (left-- === 0) return other;
    if (Array.isArray(one)) return one.map(visit);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value);
}

test("whatever stands in a topology, a model is opened: with a graph, or with a reason why there is none", async () => {
  const layers = layersModel([denseLayer, { className: "Flatten", config: { name: "f" } }], {
    "d/kernel": [3, 2],
    "d/bias": [2],
  });
  const found = { graphs: 0, problems: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(graphModel(twoLayers), layers),
      fc.nat(150),
      fc.jsonValue(),
      async (artifacts, at, other) => {
        const modelTopology = changed(artifacts.modelTopology, at, other) as object;
        const { network, graphProblem } = await openArtifacts({ ...artifacts, modelTopology });
        if (network.graph) found.graphs++;
        else found.problems++;
        expect(network.tensors.length).toBeGreaterThan(0);
        if (graphProblem !== undefined)
          expect(graphProblem).toMatch(/^the topology of the TensorFlow\.js model was not understood: /);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
  expect(found.graphs).toBeGreaterThan(50);
  expect(found.problems).toBeGreaterThan(50);
});
