import type { Graph } from "@deep-compression/network";
import { expect, test } from "vitest";
import { drawGraph, MOST_DRAWN, nodesOfPart, partOf } from "../src/graph-layout";
import { graphNodes } from "../src/graph-list";
import { smallNetwork } from "./networks";

test("nodes tell their operators, inputs, tensors and outputs, and whose outputs they take", () => {
  const nodes = graphNodes(smallNetwork().graph!, ["conv.weight", "fc.weight", "fc.bias"]);
  expect(nodes[0]).toEqual({
    index: 0,
    op: "Conv",
    name: "conv",
    inputs: ["x"],
    weights: ["conv.weight"],
    outputs: ["a"],
    after: [],
  });
  expect(nodes[3]).toMatchObject({ op: "Gemm", inputs: ["c"], weights: ["fc.weight", "fc.bias"], after: [2] });
});

test("the nodes of a branch follow the node that runs it, with the names that its tensors have in the file", () => {
  const value = { name: "z", type: "float32", shape: [1] } as const;
  const branch = {
    inputs: [],
    outputs: [value],
    tensors: { local: "then/local" },
    nodes: [
      { op: "Mul", inputs: ["x", "local"], outputs: ["m"], attributes: {} },
      { op: "Neg", inputs: ["m"], outputs: ["z"], attributes: {} },
    ],
  };
  const graph: Graph = {
    opset: 13,
    inputs: [value],
    outputs: [value],
    nodes: [
      { op: "Abs", inputs: ["in"], outputs: ["x"], attributes: {} },
      { op: "If", inputs: ["c"], outputs: ["y"], attributes: { then_branch: { graph: branch } } },
      { op: "Add", inputs: ["y", "local"], outputs: ["out"], attributes: {} },
    ],
  };
  const nodes = graphNodes(graph, ["then/local"]);
  expect(nodes.map(({ op, weights, after }) => [op, weights, after])).toEqual([
    ["Abs", [], []],
    ["If", [], []],
    ["Mul", ["then/local"], [0, 1]],
    ["Neg", [], [2]],
    ["Add", [], [1]], // outside of the branch its name means nothing
  ]);
});

test("a drawing places every node once, below those whose outputs it takes", () => {
  const nodes = graphNodes(smallNetwork().graph!, ["conv.weight", "fc.weight", "fc.bias"]);
  const { nodes: placed, edges, width, height } = drawGraph(nodes);
  expect(placed.map(({ node }) => node.index)).toEqual([0, 1, 2, 3]);
  expect(edges.map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  for (const { from, to } of edges) expect(placed[from]!.y).toBeLessThan(placed[to]!.y);
  for (const { x, y, width: w, height: h } of placed) {
    expect(x - w / 2).toBeGreaterThanOrEqual(0);
    expect(x + w / 2).toBeLessThanOrEqual(width);
    expect(y + h / 2).toBeLessThanOrEqual(height);
  }
});

test("of a large graph a part is drawn, without edges to what is not in it", () => {
  const names = Array.from({ length: 3 * MOST_DRAWN }, (_, i) => `v${i}`);
  const nodes = names.map((name, i) => ({ op: "Relu", inputs: [`v${i - 1}`], outputs: [name], attributes: {} }));
  const all = graphNodes({ opset: 13, inputs: [], outputs: [], nodes }, []);
  const part = nodesOfPart(all, partOf(MOST_DRAWN + 1));
  expect(part[0]?.index).toBe(MOST_DRAWN);
  const { nodes: placed, edges } = drawGraph(part);
  expect(placed).toHaveLength(MOST_DRAWN);
  expect(edges).toHaveLength(MOST_DRAWN - 1);
});

test("a drawing of no nodes is empty", () => {
  expect(drawGraph([])).toMatchObject({ nodes: [], edges: [] });
});
