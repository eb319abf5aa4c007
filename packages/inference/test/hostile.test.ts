import { denseWeights, type PrepareOptions, prepare } from "@deep-compression/inference";
import type { Graph, Node, Subgraph } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { bools, floats, longs, noWeights, runNode } from "./operator-runs";

const node = (op: string, inputs: string, outputs: string, attributes: Node["attributes"] = {}): Node => ({
  op,
  inputs: inputs.split(" ").map((name) => (name === "_" ? "" : name)),
  outputs: outputs.split(" "),
  attributes,
});
const graphOf = (nodes: readonly Node[], inputs = "x"): Graph => ({
  opset: 17,
  inputs: inputs.split(" ").map((name) => ({ name })),
  outputs: [{ name: "y" }],
  nodes,
});
const x = floats([2], 1, -1);
const prepared = (graph: Graph, options: Partial<PrepareOptions> = {}) => prepare({ graph }, noWeights, options);

describe("outputs", () => {
  it("that an operator does not make are refused with the node, when it runs and when it is folded", () => {
    const message = 'Relu node "z": it makes no output 1, "y"';
    expect(() => prepared(graphOf([node("Relu", "x", "z y")])).run({ x })).toThrow(message);
    const tensors = [{ name: "x", type: "float32" as const, shape: [1], bytes: new Uint8Array(4) }];
    const graph = { ...graphOf([node("Relu", "x", "z y")]), inputs: [] };
    expect(() => prepare({ graph }, denseWeights({ graph, tensors }))).toThrow(message);
  });

  it("are the caller's: what is done to them changes no input, and nothing of the next run", () => {
    const session = prepared(graphOf([node("Identity", "x", "y")]));
    const { y } = session.run({ x });
    (y!.shape as number[])[0] = 7;
    y!.data[0] = 7;
    expect(x).toEqual(floats([2], 1, -1));
    expect(session.run({ x })).toEqual({ y: x });
  });
});

describe("shapes", () => {
  it("without elements are refused where their other sizes would keep loops busy for hours", () => {
    const message = "without elements has other sizes of more than 67108864 together";
    const many = floats([0, 2 ** 40]);
    expect(() => prepared(graphOf([node("Relu", "x", "y")])).run({ x: many })).toThrow(
      `input "x": shape [0,1099511627776] ${message}`,
    );
    expect(() =>
      runNode({
        op: "Reshape",
        attributes: { allowzero: 1 },
        inputs: [floats([0]), longs([2], 0, 2 ** 40)],
        outputs: [floats([0])],
      }),
    ).toThrow(`Reshape node "out0": shape [0,1099511627776] ${message}`);
  });

  it("with sizes below 0 come to a line with the node", () => {
    const attributes = { kernel_shape: [-(2 ** 31), 2] };
    const inputs = [floats([1, 1, 1, 1], 1), longs([1, 1, 1, 1], 0)];
    expect(() => runNode({ op: "MaxUnpool", attributes, inputs, outputs: [floats([0])] })).toThrow(
      'MaxUnpool node "out0": shape [1,1,-2147483648,2] has a size below 0',
    );
  });
});

it("an input that does not fit into memory is named, and the session runs on", () => {
  const session = prepared(graphOf([node("Relu", "x", "y")]), { maxBytes: 2 ** 18 });
  expect(() => session.run({ x: { shape: [2 ** 20], data: new Float32Array(2 ** 20) } })).toThrow(
    /^input "x": it needs/,
  );
  expect(session.run({ x })).toEqual({ y: floats([2], 1, 0) });
});

it.each([
  [undefined, "inputs: expected an object, got undefined"],
  [
    { x: { shape: [Number.NaN], data: new Float32Array(2) } },
    'input "x": expected shape of whole numbers from 0, got [NaN]',
  ],
  [{ x: { type: "bogus", shape: [2], data: new Float32Array(2) } }, 'input "x": no value has the type "bogus"'],
])("inputs that are none are told in a line: %#", (given, message) => {
  expect(() => prepared(graphOf([node("Relu", "x", "y")])).run(given as never)).toThrow(message);
});

it("a scale of integers beside floats is refused with the node", () => {
  const inputs = [floats([1, 1, 2], 1, 2), longs([1], 1), floats([1], 0)];
  expect(() => runNode({ op: "InstanceNormalization", inputs, outputs: [floats([0])] })).toThrow(
    'InstanceNormalization node "out0": expected float32 or float16, got int64',
  );
});

/** A Loop around a body, with names of its depth. */
function loopBody(depth: number): Subgraph {
  const inner = loopInput(depth);
  const nodes =
    depth === 0
      ? [node("Relu", inner, `o${depth}`)]
      : [node("Loop", `n _ ${inner}`, `o${depth}`, { body: { graph: loopBody(depth - 1) } })];
  const named = (...names: readonly string[]) => names.map((name) => ({ name }));
  return {
    inputs: named(`i${depth}`, `c${depth}`, inner),
    outputs: named(`c${depth}`, `o${depth}`),
    nodes,
    tensors: {},
  };
}
const loopInput = (depth: number) => `s${depth}`;

it("loops within loops count together, and each run counts anew", () => {
  const graph = graphOf([node("Loop", "n _ x", "y", { body: { graph: loopBody(2) } })], "x n");
  const session = prepared(graph, { maxIterations: 3 + 9 + 27 });
  for (let run = 0; run < 2; run++) expect(session.run({ x, n: longs([], 3) }).y).toEqual(floats([2], 1, 0));
  expect(() => session.run({ x, n: longs([], 4) })).toThrow("at most 39 iterations a run");
});

it("graphs nested deeper than a file can hold are refused before they are walked through", () => {
  let branch: Subgraph = { inputs: [], outputs: [{ name: "y" }], nodes: [node("Relu", "x", "y")], tensors: {} };
  for (let depth = 0; depth < 5000; depth++) {
    const graph = branch;
    branch = { ...branch, nodes: [node("If", "c", "y", { then_branch: { graph }, else_branch: { graph } })] };
  }
  expect(() => prepared(graphOf(branch.nodes, "x c"))).toThrow("expected at most 33 subgraphs inside one another");
});

it("a run within a run is refused, and harms neither it nor the next", () => {
  const session = prepared(graphOf([node("Relu", "x", "z"), node("Not", "c", "d"), node("Neg", "z", "y")], "x c"));
  const inputs = { x, c: bools([], 1) };
  let message = "";
  const outputs = session.run(inputs, {
    onNode() {
      try {
        session.run(inputs);
      } catch (cause) {
        message = (cause as Error).message;
      }
    },
  });
  expect(message).toContain("onNode");
  expect(outputs).toEqual(session.run(inputs));
});
