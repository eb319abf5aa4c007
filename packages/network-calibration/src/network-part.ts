import {
  type Graph,
  type Network,
  type Node,
  type Tensor,
  type ValueInfo,
  valuesRead,
} from "@deep-compression/network";
import type { NamedTensors } from "./executor";
import { tensorsNamed, tensorsOfFunctions } from "./node-values";

/** Nodes of a graph that run by themselves, and the values that go in and come out. */
export interface NetworkPart {
  readonly nodes: readonly Node[];
  /** Values that are computed before. */
  readonly reads: readonly string[];
  /** Values that are used after, or are outputs of the graph. */
  readonly makes: readonly string[];
}

/** The parts of a graph between cuts, which stand in front of the nodes at these places. */
export function networkParts(graph: Graph, cuts: readonly number[]): readonly NetworkPart[] {
  const { nodes, inputs, outputs } = graph;
  const ends = [...new Set([...cuts, nodes.length])].sort((a, b) => a - b);
  const computed = new Set(inputs.map(({ name }) => name));
  for (const node of nodes) for (const name of node.outputs) computed.add(name);
  const parts = ends.map((end, i) => nodes.slice(i === 0 ? 0 : ends[i - 1]!, end));
  let needed = new Set(outputs.map(({ name }) => name));
  const found: NetworkPart[] = [];
  for (const part of parts.reverse()) {
    const own = new Set(part.flatMap(({ outputs: made }) => made).filter((name) => name !== ""));
    const reads = new Set(part.flatMap((node) => [...valuesRead(node)]));
    const fromBefore = [...reads].filter((name) => computed.has(name) && !own.has(name));
    found.push({ nodes: part, reads: fromBefore, makes: [...own].filter((name) => needed.has(name)) });
    needed = new Set([...needed, ...reads].filter((name) => !own.has(name)));
  }
  return found.reverse();
}

/**
 * A part as a network of its own, with inputs of the types and shapes of `examples`, one for each batch; a size that differs
 * between batches, and the first of each shape if the graph's own inputs have it symbolic, has a name.
 */
export function networkOfPart(
  network: Network & { readonly graph: Graph },
  part: NetworkPart,
  options: { readonly examples: readonly NamedTensors[]; readonly replaced: NamedTensors },
): Network {
  const { graph } = network;
  const { nodes, reads, makes } = part;
  const named = new Set([
    ...nodes.flatMap((node) => [...valuesRead(node), ...tensorsNamed(node)]),
    ...tensorsOfFunctions(graph),
  ]);
  const inputs = reads.map((name) => inputOf(graph, name, options.examples));
  const { functions, domains, opset } = graph;
  return {
    graph: {
      opset,
      ...(domains && { domains }),
      inputs,
      outputs: makes.map((name) => ({ name })),
      nodes,
      ...(functions && { functions }),
    },
    tensors: network.tensors
      .filter(({ name }) => named.has(name))
      .map((tensor) => options.replaced.get(tensor.name) ?? tensor),
  };
}

function inputOf(graph: Graph, name: string, examples: readonly NamedTensors[]): ValueInfo {
  const tensors = examples.map((values) => values.get(name)).filter((tensor): tensor is Tensor => tensor !== undefined);
  const [first] = tensors;
  const declared = graph.inputs.find((input) => input.name === name);
  if (first === undefined) return declared ?? { name };
  const isSymbolic = (axis: number) =>
    typeof declared?.shape?.[axis] === "string" || tensors.some(({ shape }) => shape[axis] !== first.shape[axis]);
  if (tensors.some(({ shape }) => shape.length !== first.shape.length)) return { name, type: first.type };
  return {
    name,
    type: first.type,
    shape: first.shape.map((size, axis) => (isSymbolic(axis) ? `size${axis}` : size)),
  };
}
