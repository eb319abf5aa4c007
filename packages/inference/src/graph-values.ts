import { type Attribute, assertGraph, checkGraph, type Graph, type Node, subgraphsIn } from "@deep-compression/network";
import type { KnownWeights } from "./constants";

/**
 * Holds a graph against the tensors that there are: every name has one meaning, and each value that is read is an input, a tensor, or
 * made by an earlier node.
 *
 * @throws TypeError, RangeError naming the node or value
 */
export function assertValuesKnown(graph: Graph, weights: KnownWeights): void {
  checkGraph(graph);
  const tensors = new Set(graph.overridable);
  const names: Names = { tensors, read: new Set(), made: new Set(graph.inputs.map(({ name }) => name)) };
  addNames(graph, names);
  for (const own of graph.functions ?? []) {
    // Its nodes see none of the values around it.
    const within: Names = { tensors, read: new Set(), made: new Set() };
    addNames({ nodes: own.nodes }, within);
    addTensors(own.tensors, within);
    for (const attribute of Object.values(own.defaults ?? {})) addAttribute(attribute, within);
  }
  for (const name of names.read) if (!names.made.has(name)) tensors.add(name);
  assertGraph(
    graph,
    [...tensors].filter((name) => weights.has(name)),
  );
}

/** The names that nodes read, those that graph inputs and nodes make, and those that stand for a tensor for sure. */
interface Names {
  readonly tensors: Set<string>;
  readonly read: Set<string>;
  readonly made: Set<string>;
}

function addNames(
  { nodes, outputs = [] }: { readonly nodes: readonly Node[]; readonly outputs?: readonly { readonly name: string }[] },
  names: Names,
): void {
  for (const { name } of outputs) names.read.add(name);
  for (const node of nodes) {
    for (const name of node.inputs) names.read.add(name);
    for (const name of node.outputs) names.made.add(name);
    for (const attribute of Object.values(node.attributes)) addAttribute(attribute, names);
  }
}

function addTensors(own: Readonly<Record<string, string>>, { tensors }: Names): void {
  for (const name of Object.values(own)) tensors.add(name);
}

function addAttribute(attribute: Attribute, names: Names): void {
  if (typeof attribute !== "object") return;
  if ("tensorName" in attribute) names.tensors.add(attribute.tensorName);
  for (const graph of subgraphsIn(attribute)) {
    addTensors(graph.tensors, names);
    addNames(graph, names);
  }
}
