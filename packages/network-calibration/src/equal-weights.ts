import { type Graph, type Tensor, valuesRead } from "@deep-compression/network";
import type { NamedTensors } from "./executor";
import { tensorsNamed, tensorsOfFunctions } from "./node-values";

/** Weights of which those that are equal stand in the graph once. */
export interface OnceEach {
  readonly graph: Graph;
  readonly weights: NamedTensors;
  /** For each weight that is left out the one that stands in its place. */
  readonly copies: ReadonlyMap<string, string>;
}

/**
 * Makes weights that are equal, bit for bit, one weight of several uses, as those of a filter bank for each octave: a file holds them once, as long
 * as they stay equal. Those that branches, loops or functions see are left alone.
 */
export function withEqualWeightsOnce(graph: Graph, weights: NamedTensors): OnceEach {
  const elsewhere = new Set([
    ...graph.nodes.flatMap((node) => [...valuesRead(node)].filter((name) => !node.inputs.includes(name))),
    ...graph.nodes.flatMap((node) => (node.op === "Constant" ? [] : [...tensorsNamed(node)])),
    ...tensorsOfFunctions(graph),
    ...graph.outputs.map(({ name }) => name),
  ]);
  const known = new Map<string, Tensor[]>();
  const copies = new Map<string, string>();
  for (const [name, tensor] of weights) {
    if (elsewhere.has(name)) continue;
    const key = `${tensor.type} ${tensor.shape}`; // so their bytes are as many
    const alike = known.get(key) ?? [];
    const first = alike.find(({ bytes }) => bytes.every((byte, i) => byte === tensor.bytes[i]));
    if (first !== undefined) copies.set(name, first.name);
    else known.set(key, [...alike, tensor]);
  }
  if (copies.size === 0) return { graph, weights, copies };
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => copies.get(name) ?? name) }));
  return { graph: { ...graph, nodes }, weights: new Map([...weights].filter(([name]) => !copies.has(name))), copies };
}
