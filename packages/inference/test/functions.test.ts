import { denseWeights, prepare, runProblem } from "@deep-compression/inference";
import { functionAttribute, type Graph, type GraphFunction, type Node, type Tensor } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { inlineFunctions } from "../src/inline-functions";
import { bools, floats, longs } from "./operator-runs";

const call = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Node["attributes"] = {},
) => ({
  op,
  domain: "own",
  inputs,
  outputs,
  attributes,
});
const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Node["attributes"] = {},
) => ({
  op,
  inputs,
  outputs,
  attributes,
});
const names = (list: string) => list.split(" ").map((name) => ({ name }));

/** y = a + b, with a value of the same name within as one outside. */
const sum: GraphFunction = {
  name: "Sum2",
  domain: "own",
  inputs: ["a", "b"],
  outputs: ["y"],
  nodes: [node("Add", ["a", "b"], ["x"]), node("Identity", ["x"], ["y"])],
  tensors: {},
};
/** Gives `value` as a constant: what the call gives, or 5. */
const five: GraphFunction = {
  name: "Number",
  domain: "own",
  inputs: [],
  outputs: ["y"],
  attributes: ["other"],
  defaults: { value: { float: 5 } },
  nodes: [node("Constant", [], ["y"], { value_float: functionAttribute("value") })],
  tensors: {},
};

const one: Tensor = { name: "one", type: "float32", shape: [], bytes: new Uint8Array(Float32Array.of(1).buffer) };

function graphOf(inputs: string, outputs: string, nodes: readonly Node[], functions: readonly GraphFunction[]): Graph {
  return { opset: 17, domains: { own: 1 }, inputs: names(inputs), outputs: names(outputs), nodes, functions };
}

function run(graph: Graph, inputs: Parameters<ReturnType<typeof prepare>["run"]>[0]) {
  return prepare({ graph }, denseWeights({ graph, tensors: [one] })).run(inputs);
}

describe("a model's own functions", () => {
  it("are computed where they are called, under names of their own", () => {
    const nodes = [call("Sum2", ["x", "x"], ["t"]), call("Sum2", ["t", "x"], ["y"])];
    expect(run(graphOf("x", "y", nodes, [sum]), { x: floats([], 3) })).toEqual({ y: floats([], 9) });
  });

  it("take the attributes of the call, or what is the default", () => {
    const nodes = [call("Number", [], ["a"], { value: { float: 2 } }), call("Number", [], ["b"])];
    expect(run(graphOf("x", "a b", nodes, [five]), { x: floats([], 0) })).toEqual({
      a: floats([], 2),
      b: floats([], 5),
    });
  });

  it("leave out an attribute that neither gives", () => {
    const shape: GraphFunction = {
      ...five,
      name: "Sizes",
      inputs: ["x"],
      defaults: {},
      attributes: ["start"],
      nodes: [node("Shape", ["x"], ["y"], { start: functionAttribute("start") })],
    };
    const nodes = [call("Sizes", ["x"], ["a"]), call("Sizes", ["x"], ["b"], { start: 1 })];
    expect(run(graphOf("x", "a b", nodes, [shape]), { x: floats([1, 2], 0, 0) })).toEqual({
      a: longs([2], 1, 2),
      b: longs([1], 2),
    });
  });

  it("may call others, have constants, and give out what they take in", () => {
    const outer: GraphFunction = {
      name: "Next",
      domain: "own",
      inputs: ["a"],
      outputs: ["y", "a", "unit", "y"],
      nodes: [call("Sum2", ["a", "unit"], ["y"])],
      tensors: { unit: "one" },
    };
    const nodes = [call("Next", ["x"], ["p", "q", "r", "s"]), call("Next", ["p"], ["z"])];
    const result = run(graphOf("x", "p q r s z", nodes, [sum, outer]), { x: floats([], 3) });
    expect(result).toEqual({
      p: floats([], 4),
      q: floats([], 3),
      r: floats([], 1),
      s: floats([], 4),
      z: floats([], 5),
    });
  });

  it("may hold graphs whose names are those of values around them", () => {
    const inner = { inputs: [], outputs: names("b"), nodes: [node("Add", ["a", "x"], ["b"])], tensors: { a: "one" } };
    const choose: GraphFunction = {
      name: "Choose",
      domain: "own",
      inputs: ["c", "x", "a"],
      outputs: ["y"],
      nodes: [
        node("If", ["c"], ["y"], {
          then_branch: { graph: inner },
          else_branch: { graph: { inputs: [], outputs: names("a"), nodes: [], tensors: {} } },
        }),
      ],
      tensors: {},
    };
    // `a` and `x` are the same value outside; within the branch `a` is the constant.
    const graph = graphOf("c x", "y", [call("Choose", ["c", "x", "x"], ["y"])], [choose]);
    expect(run(graph, { c: bools([], true), x: floats([], 3) })).toEqual({ y: floats([], 4) });
    expect(run(graph, { c: bools([], false), x: floats([], 3) })).toEqual({ y: floats([], 3) });
  });

  it("are called from within graphs, and of versions of their own", () => {
    const old: GraphFunction = {
      name: "Column",
      domain: "own",
      opset: 11,
      inputs: ["x"],
      outputs: ["y"],
      nodes: [node("Slice", ["x", "start", "end"], ["y"])],
      tensors: {},
    };
    const graph = graphOf("x", "y", [call("Column", ["x"], ["y"])], [old]);
    const { graph: inlined, opsetOf } = inlineFunctions(graph);
    expect(inlined.functions).toBeUndefined();
    expect(inlined.nodes.map(opsetOf)).toEqual([11]);
    expect(inlined.nodes[0]!.inputs).toEqual(["x", "Column/start", "Column/end"]);
  });

  it("are refused with what they lack, by name", () => {
    const strange: GraphFunction = { ...sum, nodes: [node("Strange", ["a"], ["y"])] };
    const graph = graphOf("x", "y", [call("Sum2", ["x", "x"], ["y"])], [strange]);
    expect(runProblem(graph)).toBe("it lacks the operator Strange");
    expect(() => run(graph, {})).toThrow("graph: a session cannot run it: it lacks the operator Strange");
    expect(runProblem(graphOf("x", "y", [call("Other", ["x"], ["y"])], [sum]))).toBe("it lacks the operator own.Other");
  });

  it("are refused where they call themselves, or make too many nodes", () => {
    const endless: GraphFunction = { ...sum, nodes: [call("Sum2", ["a", "b"], ["y"])] };
    const graph = graphOf("x", "y", [call("Sum2", ["x", "x"], ["y"])], [endless]);
    expect(() => run(graph, {})).toThrow('own.Sum2 node "y": a function may not call itself');
    const doubling = Array.from({ length: 40 }, (_, i): GraphFunction => {
      const next = i === 39 ? node("Identity", ["a"], ["y"]) : call(`F${i + 1}`, ["a"], ["y"]);
      return {
        ...sum,
        name: `F${i}`,
        inputs: ["a"],
        nodes: [
          { ...next, outputs: ["t"] },
          { ...next, inputs: ["t"] },
        ],
      };
    });
    const large = graphOf("x", "y", [call("F0", ["x"], ["y"])], doubling);
    expect(runProblem(large)).toMatch(/expected at most 65536 nodes in functions/);
    expect(runProblem(graphOf("x", "y z", [call("Sum2", ["x", "x"], ["y", "z"])], [sum]))).toMatch(
      /the function has 1 outputs, got 2/,
    );
  });
});
