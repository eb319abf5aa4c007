import { type Attribute, assertGraph, type Graph, type Node, type Subgraph } from "@deep-compression/network";
import { describe, expect, test } from "vitest";

const tensors = ["w", "c", "inner"];

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Node["attributes"] = {},
): Node {
  return { op, inputs, outputs, attributes };
}

function graphOf(nodes: readonly Node[], more: Partial<Graph> = {}): Graph {
  return { opset: 13, inputs: [{ name: "x", type: "float32", shape: [1] }], outputs: [], nodes, ...more };
}

/** A graph whose If runs a branch. */
function withBranch(branch: Partial<Subgraph>, before: readonly Node[] = []): Graph {
  const whole: Subgraph = { inputs: [], outputs: [], nodes: [], tensors: {}, ...branch };
  return graphOf([...before, node("If", ["c"], ["y"], { then_branch: { graph: whole } })]);
}

const check = (graph: Graph) => () => assertGraph(graph, tensors);

describe("a subgraph", () => {
  test("sees the values around it, its own inputs and its own tensors", () => {
    const branch = {
      inputs: [{ name: "i" }],
      nodes: [node("Sum", ["x", "w", "before", "i", "own"], ["z"])],
      outputs: [{ name: "z" }, { name: "w" }],
      tensors: { own: "inner" },
    };
    expect(check(withBranch(branch, [node("Relu", ["x"], ["before"])]))).not.toThrow();
  });

  test("may name inputs and tensors as those around it are named, but not what its nodes make", () => {
    expect(check(withBranch({ inputs: [{ name: "x" }], tensors: { w: "inner" } }))).not.toThrow();
    expect(check(withBranch({ inputs: [{ name: "w" }], tensors: { w: "inner" } }))).not.toThrow();
    expect(check(withBranch({ nodes: [node("Relu", ["x"], ["w"])] }))).toThrow(
      new RangeError('Relu node "w": output "w" has the name of another value'),
    );
    expect(check(withBranch({ inputs: [{ name: "i" }, { name: "i" }] }))).toThrow(
      /two inputs of a subgraph are named "i"/,
    );
  });

  test("does not see what comes after it, nor is it seen into", () => {
    expect(check(withBranch({ nodes: [node("Relu", ["y"], ["z"])] }))).toThrow(/input "y" is no tensor/);
    const { nodes } = withBranch({ nodes: [node("Relu", ["x"], ["z"])] });
    expect(check(graphOf([...nodes, node("Relu", ["z"], ["zz"])]))).toThrow(/input "z" is no tensor/);
    const twice = {
      then_branch: { graph: { inputs: [], outputs: [], nodes: [node("Relu", ["x"], ["z"])], tensors: {} } },
    };
    expect(check(graphOf([node("If", ["c"], ["a"], { ...twice, else_branch: twice.then_branch })]))).not.toThrow();
  });

  test("has tensors of the network only, and outputs that something makes", () => {
    expect(check(withBranch({ tensors: { own: "gone" } }))).toThrow('"own": "gone" is no tensor of the network');
    expect(check(withBranch({ outputs: [{ name: "z" }] }))).toThrow(/output "z" of a subgraph is made by no node/);
    expect(check(graphOf([node("Own", [], ["y"], { data: { tensorName: "gone" } })]))).toThrow(/"gone" is no tensor/);
  });

  test("is checked to any depth, and refused a hundred deep", () => {
    let inner: Subgraph = { inputs: [], outputs: [], nodes: [node("Relu", ["nowhere"], ["z"])], tensors: {} };
    const around = (graph: Subgraph, i: number): Subgraph => ({
      ...inner,
      nodes: [node("If", ["c"], [`y${i}`], { then_branch: { graph } })],
    });
    for (let i = 0; i < 10; i++) inner = around(inner, i);
    expect(check(withBranch(inner))).toThrow(/input "nowhere" is no tensor/);
    for (let i = 10; i < 5000; i++) inner = around(inner, i);
    expect(check(withBranch(inner))).toThrow("expected at most 33 subgraphs inside one another");
  });
});

test("a function sees its inputs and constants, and nothing around it", () => {
  const own = { name: "Own", domain: "own", inputs: ["a"], outputs: ["b"], tensors: { k: "inner" } };
  const withBody = (nodes: readonly Node[], more: object = {}) =>
    graphOf([], { functions: [{ ...own, nodes, ...more }] });
  expect(check(withBody([node("Add", ["a", "k"], ["b"])]))).not.toThrow();
  expect(check(withBody([node("Add", ["a", "w"], ["b"])]))).toThrow(/input "w" is no tensor/);
  expect(check(withBody([]))).toThrow('function "Own": output "b" is made by no node');
  expect(check(withBody([node("Relu", ["a"], ["b"])], { inputs: ["a", "a"] }))).toThrow(
    /input "a" has the name of another/,
  );
  expect(check(withBody([node("Relu", ["a"], ["b"])], { tensors: { k: "gone" } }))).toThrow(/"gone" is no tensor/);
});

test("only tensors can be overridden", () => {
  expect(check(graphOf([], { overridable: ["w"] }))).not.toThrow();
  expect(check(graphOf([], { overridable: ["x"] }))).toThrow('graph.overridable: "x" is no tensor of the network');
});

test("members of the wrong kind are named, in subgraphs and functions too", () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ domains: { own: 0 } }, /graph\.domains\["own"\]: expected an integer in 1/],
    [{ overridable: "w" }, /graph\.overridable: expected an array, got "w"/],
    [{ functions: [{}] }, /graph\.functions\[0\]\.name: expected a string, got undefined/],
    [{ nodes: [{ ...node("A", [], []), domain: 1 }] }, /graph\.nodes\[0\]\.domain: expected a string, got 1/],
    [{ inputs: [{ name: "x", type: "text" }] }, /graph\.inputs\[0\]\.type: expected an element type, got "text"/],
  ];
  for (const [members, message] of wrong) expect(check({ ...graphOf([]), ...members })).toThrow(message);
  const attributes: readonly (readonly [unknown, RegExp])[] = [
    [2n ** 63n, /attributes\.a: expected an integer of 64 bits/],
    [[1, -(2n ** 63n) - 1n], /attributes\.a\[1\]: expected an integer of 64 bits/],
    [{ tensorName: 1 }, /attributes\.a\.tensorName: expected a string/],
    [{ graph: null }, /attributes\.a\.graph: expected an object, got null/],
    [{ graphs: [{ inputs: [] }] }, /attributes\.a\.graphs\[0\]\.outputs: expected an array, got undefined/],
    [{ opaque: 1 }, /attributes\.a\.opaque: expected a string/],
    [true, /attributes\.a: expected a number, a bigint, a string/],
  ];
  for (const [a, message] of attributes)
    expect(check(graphOf([node("A", [], [], { a: a as Attribute })]))).toThrow(message);
});
