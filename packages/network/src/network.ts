import { checkList, checkObject } from "@deep-compression/runtime";
import { checkGraph } from "./check-graph";
import { describeNode, type Graph } from "./graph";
import { assertTensor, type Tensor } from "./tensor";

/** A trained network: tensors by name, and the graph that uses them; without a graph, weights only. */
export interface Network {
  readonly graph: Graph | undefined;
  readonly tensors: readonly Tensor[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Checks that a network is whole: every tensor has the bytes of its shape, every name has one meaning, and every value
 * that a node or an output needs is an input, a tensor, or made by an earlier node.
 *
 * @throws TypeError, RangeError that names the tensor, node or value at fault
 */
export function assertNetwork(network: Network): void {
  const { graph, tensors } = checkObject("network", network);
  const names = new Set<string>();
  for (const tensor of checkList("network.tensors", tensors)) {
    assertTensor(tensor);
    if (names.has(tensor.name)) throw new RangeError(`two tensors are named "${tensor.name}"`);
    names.add(tensor.name);
  }
  if (graph !== undefined && graph !== null) assertGraph(graph, names);
}

/**
 * Checks a graph by itself and against the names of its tensors, as {@link assertNetwork} does.
 *
 * @throws TypeError, RangeError that names the member, node or value at fault
 */
export function assertGraph(graph: Graph, tensorNames: Iterable<string>): void {
  checkGraph(graph);
  const known = new Set(tensorNames);
  for (const input of graph.inputs) {
    if (known.has(input.name)) throw new RangeError(`graph input "${input.name}" has the name of another value`);
    known.add(input.name);
  }
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input !== "" && !known.has(input)) {
        throw new RangeError(`${describeNode(node)}: input "${input}" is no tensor, graph input or earlier output`);
      }
    }
    for (const output of node.outputs) {
      if (output === "") continue;
      if (known.has(output)) {
        throw new RangeError(`${describeNode(node)}: output "${output}" has the name of another value`);
      }
      known.add(output);
    }
  }
  for (const output of graph.outputs) {
    if (!known.has(output.name)) throw new RangeError(`graph output "${output.name}" is made by no node`);
  }
}
