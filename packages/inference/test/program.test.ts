import { denseWeights, OPERATORS, type PrepareOptions, prepare, type ShapedArray } from "@deep-compression/inference";
import type { Graph, Node, Tensor, ValueInfo } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { prepareIn } from "../src/session";
import { movingMachine } from "./moving-heap";
import { floats, longs } from "./operator-runs";

const node = (op: string, inputs: string, outputs: string, attributes: Node["attributes"] = {}): Node => ({
  op,
  inputs: inputs.split(" ").filter(Boolean),
  outputs: outputs.split(" ").map((name) => (name === "_" ? "" : name)),
  attributes,
});
const values = (names: string): ValueInfo[] =>
  names
    .split(" ")
    .filter(Boolean)
    .map((name) => ({ name }));
const tensor = (name: string, ...numbers: number[]): Tensor => ({
  name,
  type: "float32",
  shape: [numbers.length],
  bytes: new Uint8Array(Float32Array.from(numbers).buffer),
});

interface Case {
  readonly graph: Graph;
  readonly tensors?: readonly Tensor[];
  readonly options?: Partial<PrepareOptions>;
}

const graphOf = (inputs: string, outputs: string, nodes: readonly Node[]): Graph => ({
  opset: 17,
  inputs: values(inputs),
  outputs: values(outputs),
  nodes,
});

function run({ graph, tensors = [], options = {} }: Case, inputs: Readonly<Record<string, ShapedArray>>) {
  const source = denseWeights({ graph, tensors });
  const session = prepare({ graph }, source, options);
  const result = session.run(inputs);
  expect(session.run(inputs)).toEqual(result);
  const moving = prepareIn(movingMachine(), { graph }, source, { operators: OPERATORS, ...options });
  expect(moving.run(inputs)).toEqual(result);
  return result;
}

const x = floats([2], 1, 2);

describe("a program", () => {
  it("gives an input and a constant as outputs, and one value under two names", () => {
    const nodes = [node("Add", "x w", "y"), node("Identity", "y", "z")];
    const graph = graphOf("x", "x w y z", nodes);
    expect(run({ graph, tensors: [tensor("w", 10, 20)] }, { x })).toEqual({
      x,
      w: floats([2], 10, 20),
      y: floats([2], 11, 22),
      z: floats([2], 11, 22),
    });
  });

  it("keeps a value until its last reader, however late", () => {
    const chain = Array.from({ length: 20 }, (_, i) => node("Add", `t${i} t${i}`, `t${i + 1}`));
    const nodes = [node("Add", "x x", "early"), node("Identity", "x", "t0"), ...chain, node("Sub", "t20 early", "y")];
    expect(run({ graph: graphOf("x", "y", nodes) }, { x }).y).toEqual(floats([2], 2 ** 20 - 2, 2 ** 21 - 4));
  });

  it("keeps a value as long as a view of it is read", () => {
    const nodes = [
      node("Add", "x x", "a"),
      node("Unsqueeze", "a axes", "view"),
      node("Add", "x x", "other"),
      node("Add", "other other", "more"),
      node("Add", "view more", "y"),
    ];
    const axes: Tensor = {
      name: "axes",
      type: "int64",
      shape: [1],
      bytes: new Uint8Array(BigInt64Array.of(0n).buffer),
    };
    expect(run({ graph: graphOf("x", "y", nodes), tensors: [axes] }, { x }).y).toEqual(floats([1, 2], 6, 12));
  });

  it("gives back at once what nothing reads", () => {
    const nodes = [node("Split", "x", "_ b"), node("Add", "x x", "dead"), node("Add", "b b", "y")];
    expect(run({ graph: graphOf("x", "y", nodes) }, { x }).y).toEqual(floats([1], 4));
    const dead = Array.from({ length: 50 }, (_, i) => node("Add", "x x", `dead${i}`));
    const session = prepare(
      { graph: graphOf("x", "y", [...dead, node("Add", "x x", "y")]) },
      denseWeights({ graph: undefined, tensors: [] }),
    );
    session.run({ x: { type: "float32", shape: [50_000], data: new Float32Array(50_000) } });
    expect(session.heldBytes).toBeLessThan(4 * 200_000);
  });

  it("gives any value by its name, and computes no more if told so", () => {
    const nodes = [node("Add", "x w", "a"), node("Add", "w w", "folded"), node("Add", "a folded", "y")];
    const graph = graphOf("x", "y", nodes);
    const options = { outputs: ["folded", "a", "w", "x"] };
    expect(run({ graph, tensors: [tensor("w", 1, 1)], options }, { x })).toEqual({
      folded: floats([2], 2, 2),
      a: floats([2], 2, 3),
      w: floats([2], 1, 1),
      x,
    });
    expect(() => run({ graph, tensors: [tensor("w", 1, 1)], options: { outputs: ["q"] } }, { x })).toThrow(
      'output "q"',
    );
  });

  it("gives copies: what is changed of a result stays out of the next", () => {
    const graph = graphOf("x", "w x", []);
    const session = prepare({ graph }, denseWeights({ graph, tensors: [tensor("w", 1, 2)] }));
    const given = floats([2], 1, 2);
    const first = session.run({ x: given });
    for (const { data } of Object.values(first)) data.fill(9 as never);
    expect(given).toEqual(x);
    expect(session.run({ x })).toEqual({ w: floats([2], 1, 2), x });
  });
});

describe("bad input to a program", () => {
  it.each<[string, Graph, RegExp]>([
    [
      "a value that nothing makes",
      graphOf("x", "y", [node("Add", "x none", "y")]),
      /^Add node "y": input "none" is no tensor, graph input or earlier output$/,
    ],
    [
      "a cycle",
      graphOf("x", "y", [node("Add", "x b", "a"), node("Add", "a x", "b"), node("Identity", "b", "y")]),
      /^Add node "a": input "b" is no tensor/,
    ],
    [
      "nodes out of order",
      graphOf("x", "y", [node("Add", "a x", "y"), node("Add", "x x", "a")]),
      /^Add node "y": input "a" is no tensor/,
    ],
    [
      "two nodes that make one value",
      graphOf("x", "y", [node("Add", "x x", "y"), node("Sub", "x x", "y")]),
      /^Sub node "y": output "y" has the name of another value/,
    ],
    [
      "a node that makes a graph input",
      graphOf("x", "x", [node("Add", "x x", "x")]),
      /output "x" has the name of another value/,
    ],
    ["two inputs of one name", graphOf("x x", "x", []), /graph input "x" has the name of another value/],
    ["an output that nothing makes", graphOf("x", "z", []), /graph output "z" is made by no node/],
    [
      "operators that there are not, all at once",
      graphOf("x", "y", [node("Foo", "x", "a"), node("Bar", "a", "y")]),
      /lacks the operators Foo, Bar$/,
    ],
  ])("%s is refused when it is prepared", (_, graph, message) => {
    expect(() => prepare({ graph }, denseWeights({ graph, tensors: [] }))).toThrow(message);
  });

  const declared: Graph = {
    ...graphOf("", "y", [node("Concat", "a b", "y", { axis: 1 })]),
    inputs: [
      { name: "a", type: "float32", shape: ["N", "M"] },
      { name: "b", type: "float32", shape: ["N", 2] },
    ],
  };
  const session = prepare({ graph: declared }, denseWeights({ graph: declared, tensors: [] }));
  const good = { a: floats([1, 1], 1), b: floats([1, 2], 2, 3) };

  it.each<[string, Readonly<Record<string, ShapedArray>>, RegExp]>([
    ["an input that is missing", { a: good.a }, /^input "b": missing, expected "a", "b"$/],
    ["an input that is unknown", { ...good, c: good.a }, /^input "c": unknown/],
    [
      "another type",
      { ...good, a: longs([1, 1], 1) },
      /^input "a": expected (data as a Float32Array of )?float32, got/,
    ],
    ["another rank", { ...good, a: floats([1], 1) }, /^input "a": expected shape/],
    ["another size", { ...good, b: floats([1, 3], 1, 2, 3) }, /^input "b": expected shape \[N,2\]/],
    ["a symbol of two sizes", { ...good, a: floats([2, 1], 1, 2) }, /^input "b": expected shape/],
    [
      "too few values",
      { ...good, b: { shape: [1, 2], data: Float32Array.of(1) } },
      /expected 2 values for \[1,2\], got 1/,
    ],
  ])("%s is refused when it is run, and the session runs again", (_, inputs, message) => {
    expect(() => session.run(inputs)).toThrow(message);
    expect(session.run(good)).toEqual({ y: floats([1, 3], 1, 2, 3) });
  });

  it("what does not fit memory is refused with the node, and the session runs again", () => {
    const graph = graphOf("x n", "y", [node("Expand", "x n", "y")]);
    const small = prepare({ graph }, denseWeights({ graph, tensors: [] }), { maxBytes: 2 ** 20 });
    for (let run = 0; run < 3; run++) {
      expect(() => small.run({ x: floats([1], 1), n: longs([1], 2 ** 40) })).toThrow(
        /^Expand node "y": it needs \d+ bytes of memory, and may take 1048576$/,
      );
      expect(small.run({ x: floats([1], 1), n: longs([1], 2) })).toEqual({ y: floats([2], 1, 1) });
    }
    expect(small.heldBytes).toBeLessThanOrEqual(2 ** 20);
  });
});
