import { denseWeights, OPERATORS, prepare, type ShapedArray } from "@deep-compression/inference";
import type { Graph, Node, Subgraph, Tensor, ValueInfo } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { prepareIn } from "../src/session";
import { movingMachine } from "./moving-heap";
import { bools, floats, longs, noWeights } from "./operator-runs";

const node = (op: string, inputs: string, outputs: string, attributes: Node["attributes"] = {}): Node => ({
  op,
  inputs: inputs === "" ? [] : inputs.split(" ").map((name) => (name === "_" ? "" : name)),
  outputs: outputs.split(" "),
  attributes,
});
const values = (names: string): ValueInfo[] => (names === "" ? [] : names.split(" ").map((name) => ({ name })));
const body = (
  inputs: string,
  outputs: string | readonly ValueInfo[],
  nodes: readonly Node[],
  tensors: Subgraph["tensors"] = {},
) => ({
  graph: { inputs: values(inputs), outputs: typeof outputs === "string" ? values(outputs) : outputs, nodes, tensors },
});

type Arrays = Readonly<Record<string, ShapedArray>>;

/** Runs a graph three times: in a session, in it again, and in the worst heap that there can be. */
function run(
  outputs: string,
  nodes: readonly Node[],
  inputs: Arrays,
  {
    opset = 17,
    tensors = [],
    maxIterations,
  }: { opset?: number; tensors?: readonly Tensor[]; maxIterations?: number } = {},
): Arrays {
  const graph: Graph = { opset, inputs: values(Object.keys(inputs).join(" ")), outputs: values(outputs), nodes };
  const source = tensors.length === 0 ? noWeights : denseWeights({ graph, tensors });
  const options = { operators: OPERATORS, ...(maxIterations !== undefined && { maxIterations }) };
  const session = prepare({ graph }, source, options);
  const result = session.run(inputs);
  expect(session.run(inputs)).toEqual(result);
  expect(prepareIn(movingMachine(), { graph }, source, options).run(inputs)).toEqual(result);
  return result;
}

const one: Tensor = { name: "one", type: "float32", shape: [], bytes: new Uint8Array(Float32Array.of(1).buffer) };
/** A body that adds `x`, which it captures, to what it hands on, and gives each sum. */
const summing = body("i go s", "go next sum", [node("Add", "s x", "next"), node("Identity", "next", "sum")]);

describe("If", () => {
  const branches = {
    then_branch: body("", "a", [node("Add", "x x", "a")]),
    else_branch: body("", "x", []),
  };

  it("runs one branch, which sees the values around it", () => {
    const nodes = [node("If", "c", "y", branches)];
    expect(run("y", nodes, { c: bools([], true), x: floats([1], 2) })).toEqual({ y: floats([1], 4) });
    expect(run("y", nodes, { c: bools([1], false), x: floats([1], 2) })).toEqual({ y: floats([1], 2) });
  });

  it("may be inside another, whose values it sees", () => {
    const inner = node("If", "d", "z", {
      then_branch: body("", "b", [node("Add", "a x", "b")]),
      else_branch: body("", "a", []),
    });
    const nodes = [node("If", "c", "y", { ...branches, then_branch: body("", "z", [node("Add", "x x", "a"), inner]) })];
    const x = floats([1], 2);
    expect(run("y", nodes, { c: bools([], true), d: bools([], true), x }).y).toEqual(floats([1], 6));
    expect(run("y", nodes, { c: bools([], true), d: bools([], false), x }).y).toEqual(floats([1], 4));
    expect(run("y", nodes, { c: bools([], false), d: bools([], false), x }).y).toEqual(x);
  });

  it("refuses a condition of several elements, and branches that give too little", () => {
    const nodes = [node("If", "c", "y", branches)];
    expect(() => run("y", nodes, { c: bools([2], true, true), x: floats([], 1) })).toThrow(
      'If node "y": expected a single number, got shape [2]',
    );
    expect(() => run("y", [node("If", "c", "y z", branches)], { c: bools([], true), x: floats([], 1) })).toThrow(
      "its branches expected no inputs and 2 outputs, got 0 and 1",
    );
  });
});

describe("Loop", () => {
  const x = floats([2], 1, 10);

  it("hands values on and stacks what each iteration makes", () => {
    const nodes = [node("Loop", "n _ x", "y all", { body: summing })];
    expect(run("y all", nodes, { n: longs([], 3), x })).toEqual({
      y: floats([2], 4, 40),
      all: floats([3, 2], 2, 20, 3, 30, 4, 40),
    });
  });

  it("stops when its body says so", () => {
    const stops = body("i go s", "stop next i", [
      node("Add", "s x", "next"),
      node("Cast", "i", "stop0", { to: 9 }),
      node("Identity", "never", "stop"),
    ]);
    const nodes = [node("Loop", "n _ x", "y all", { body: stops })];
    expect(run("y all", nodes, { n: longs([], 7), x, never: bools([], false) })).toEqual({
      y: floats([2], 2, 20),
      all: longs([1], 0),
    });
  });

  const declared: ValueInfo[] = [{ name: "go" }, { name: "next" }, { name: "sum", type: "float32", shape: [2, "N"] }];
  const empty = node("Loop", "n c x", "y all", { body: body("i go s", declared, summing.graph.nodes) });

  it.each([
    ["no iteration is asked for", { n: longs([], 0), c: bools([], true) }],
    ["the condition is false at once", { n: longs([], 5), c: bools([], false) }],
    ["the count is negative", { n: longs([], -1), c: bools([], true) }],
  ])("gives what it was given, and stacks of nothing of the type declared, where %s", (_, given) => {
    expect(run("y all", [empty], { ...given, x })).toEqual({ y: x, all: floats([0, 2, 0]) });
  });

  it("says that it does not know the type of a stack of nothing", () => {
    const nodes = [node("Loop", "n _ x", "y all", { body: summing })];
    expect(() => run("y all", nodes, { n: longs([], 0), x })).toThrow(
      'Loop node "y": no iteration made output "sum" of the body, which declares no type of it',
    );
  });

  it("may hand through its inputs, exchange them, and give one value several times", () => {
    const exchanging = body("i go a b", "go b a a i a", []);
    const nodes = [node("Loop", "n _ x z", "p q all numbers again", { body: exchanging })];
    expect(run("p q all numbers again", nodes, { n: longs([], 3), x: floats([1], 1), z: floats([1], 2) })).toEqual({
      p: floats([1], 2),
      q: floats([1], 1),
      all: floats([3, 1], 1, 2, 1),
      numbers: longs([3], 0, 1, 2),
      again: floats([3, 1], 1, 2, 1),
    });
  });

  it("may be inside another, with constants of its own", () => {
    const inner = node("Loop", "i _ s", "next", {
      body: body("j go2 t", "go2 u", [node("Add", "t unit", "u")], { unit: "one" }),
    });
    const nodes = [node("Loop", "n _ x", "y", { body: body("i go s", "go next", [inner]) })];
    // 0 + 1 + 2 + 3
    expect(run("y", nodes, { n: longs([], 4), x: floats([], 100) }, { tensors: [one] })).toEqual({
      y: floats([], 106),
    });
  });

  it("ends at the bound that the caller sets, and the session runs again", () => {
    const graph: Graph = {
      opset: 17,
      inputs: values("n x"),
      outputs: values("y"),
      nodes: [node("Loop", "n _ x", "y all", { body: summing })],
    };
    const session = prepare({ graph }, noWeights, { maxIterations: 10 });
    expect(() => session.run({ n: longs([], 11), x })).toThrow(
      'Loop node "y": expected at most 10 iterations a run, which the option maxIterations sets',
    );
    expect(session.run({ n: longs([], 10), x })).toEqual({ y: floats([2], 11, 110) });
    const endless = { ...graph, nodes: [node("Loop", "_ _ x", "y all", { body: summing })] };
    expect(() => prepare({ graph: endless }, noWeights, { maxIterations: 10 }).run({ n: longs([], 0), x })).toThrow(
      "at most 10 iterations",
    );
  });

  it("holds no more after many iterations than after few", () => {
    const nodes = [node("Loop", "n _ x", "y", { body: body("i go s", "go next", [node("Add", "s x", "next")]) })];
    const graph: Graph = { opset: 17, inputs: values("n x"), outputs: values("y"), nodes };
    const large = { type: "float32", shape: [100_000], data: new Float32Array(100_000).fill(1) } as const;
    const session = prepare({ graph }, noWeights);
    session.run({ n: longs([], 3), x: large });
    const held = session.heldBytes;
    const { y } = session.run({ n: longs([], 200), x: large });
    expect(session.heldBytes).toBe(held);
    expect(y!.data[99_999]).toBe(201);
  });

  it("refuses a body of other inputs, and stacks of shapes that differ", () => {
    const few = node("Loop", "n _ x", "y", { body: body("i go", "go i", []) });
    expect(() => run("y", [few], { n: longs([], 1), x })).toThrow(
      "the body expected 3 inputs and 2 outputs, got 2 and 2",
    );
    const growing = body("i go s", "go next next", [node("Concat", "s s", "next", { axis: 0 })]);
    expect(() => run("y all", [node("Loop", "n _ x", "y all", { body: growing })], { n: longs([], 2), x })).toThrow(
      "output 2 of the body expected of one shape and type in all iterations",
    );
  });
});

describe("Scan", () => {
  const sums = body("s e", "next next", [node("Add", "s e", "next")]);
  const x = floats([3, 2], 1, 2, 3, 4, 5, 6);

  it("runs over an axis", () => {
    const nodes = [node("Scan", "s x", "last all", { body: sums, num_scan_inputs: 1 })];
    expect(run("last all", nodes, { s: floats([2], 0, 0), x })).toEqual({
      last: floats([2], 9, 12),
      all: floats([3, 2], 1, 2, 4, 6, 9, 12),
    });
  });

  it("runs backwards, over another axis, and writes backwards to another", () => {
    const attributes = {
      body: sums,
      num_scan_inputs: 1,
      scan_input_axes: [1],
      scan_input_directions: [1],
      scan_output_axes: [-1],
      scan_output_directions: [1],
    };
    const nodes = [node("Scan", "s x", "last all", attributes)];
    expect(run("last all", nodes, { s: floats([3], 0, 0, 0), x })).toEqual({
      last: floats([3], 3, 7, 11),
      all: floats([3, 2], 3, 2, 7, 4, 11, 6),
    });
  });

  it("of nothing gives its first values and stacks of the declared shape", () => {
    const declared: ValueInfo[] = [{ name: "next" }, { name: "next", type: "float32", shape: [2] }];
    const nodes = [
      node("Scan", "s x", "last all", { body: body("s e", declared, sums.graph.nodes), num_scan_inputs: 1 }),
    ];
    const s = floats([2], 7, 8);
    expect(run("last all", nodes, { s, x: floats([0, 2]) })).toEqual({ last: s, all: floats([0, 2]) });
  });

  it("of version 8 runs over the items of a batch, as far as each goes", () => {
    const nodes = [node("Scan", "lengths s x", "last all", { body: sums, num_scan_inputs: 1 })];
    const given = {
      lengths: longs([2], 2, 1),
      s: floats([2, 1], 0, 100),
      x: floats([2, 2, 1], 1, 2, 3, 4),
    };
    expect(run("last all", nodes, given, { opset: 8 })).toEqual({
      last: floats([2, 1], 3, 103),
      all: floats([2, 2, 1], 1, 3, 103, 0),
    });
  });

  it("refuses sequences of different lengths, and a body that does not fit", () => {
    const two = body("s e f", "next next", [node("Add", "s e", "next")]);
    const nodes = [node("Scan", "s x z", "last all", { body: two, num_scan_inputs: 2 })];
    expect(() => run("last all", nodes, { s: floats([2], 0, 0), x, z: floats([1, 2], 0, 0) })).toThrow(
      'Scan node "last": sequences expected of one length, got 3, 1',
    );
    const none = [node("Scan", "s x", "last all", { body: two, num_scan_inputs: 1 })];
    expect(() => run("last all", none, { s: floats([2], 0, 0), x })).toThrow(
      "the body expected 2 inputs, 1 of them scanned, and 2 outputs, got 3 and 2",
    );
  });
});
