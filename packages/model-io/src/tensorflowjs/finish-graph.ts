import type { Graph, Node, ValueInfo } from "@deep-compression/network";
import type { GraphBuilder } from "./graph-builder";

/** The version of ONNX's operators that graphs are made of. */
const OPSET = 18;

/** The domain of operators that ONNX has not: those of TensorFlow and layers of Keras. */
export const FOREIGN_DOMAIN = "tensorflow";

/** What a graph is to take and to give. */
interface GraphEnds {
  readonly inputs: readonly ValueInfo[];
  /** With the names that they are to have. */
  readonly outputs: readonly ValueInfo[];
  /** The values that the outputs are, by the names that the nodes give them. */
  readonly made: readonly string[];
}

/** The graph of the nodes that its outputs need. */
export function finishedGraph(graph: GraphBuilder, { inputs, outputs, made }: GraphEnds): Graph {
  const fixed = new Set([...graph.known.heads.keys(), ...inputs.map(({ name }) => name)]);
  const names = outputs.map(({ name }) => name);
  const results = withNames(graph, made, { names, fixed });
  const needed = neededNodes(graph.nodes, results.values);
  const { biases, channels, known } = graph;
  const folded = withOwnBiases({ nodes: [...needed], biases, channels, known }, results.values);
  return {
    opset: OPSET,
    ...(needed.some(({ domain }) => domain !== undefined) && { domains: { [FOREIGN_DOMAIN]: 1 } }),
    inputs,
    outputs: outputs.map((output, i) => ({ ...output, name: results.names[i]! })),
    nodes: neededNodes(renamedValues(folded, results.renamed), results.names),
  };
}

/** The names that outputs have in the end, which what makes them takes on. */
function withNames(
  graph: GraphBuilder,
  made: readonly string[],
  { names, fixed }: { readonly names: readonly string[]; readonly fixed: ReadonlySet<string> },
) {
  graph.within("");
  const renamed = new Map<string, string>();
  const values = made.map((value, i) => {
    const name = names[i]!;
    if (value === name) return value;
    const isFree = !fixed.has(value) && !renamed.has(value);
    const own = isFree ? value : graph.addRaw("Identity", [value], { outputs: 1 })[0]!;
    if (!fixed.has(name)) renamed.set(own, name);
    return own;
  });
  return { renamed, values, names: values.map((value) => renamed.get(value) ?? value) };
}

/** The nodes that some values need. */
function neededNodes(nodes: readonly Node[], outputs: readonly string[]): readonly Node[] {
  const needed = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  });
  return kept.reverse();
}

/** Convolutions with the biases that are added to all that they make, so that they are theirs. */
function withOwnBiases(
  { nodes, biases, channels, known }: Pick<GraphBuilder, "nodes" | "biases" | "channels" | "known">,
  outputs: readonly string[],
): readonly Node[] {
  const readers = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs])
    readers.set(name, (readers.get(name) ?? 0) + 1);
  const makers = new Map(nodes.map((node) => [node.outputs[0]!, node]));
  const changed = new Map<Node, readonly Node[]>();
  for (const node of nodes) {
    const bias = biases.get(node.outputs[0]!);
    if (bias === undefined) continue;
    const [layer] = node.inputs
      .flatMap((name) => makers.get(name) ?? [])
      .filter(({ outputs: [name] }) => channels.has(name!));
    if (layer?.inputs.length !== 2 || readers.get(layer.outputs[0]!) !== 1) continue;
    if (known.heads.get(bias)?.shape[0] !== channels.get(layer.outputs[0]!)) continue;
    changed.set(node, []);
    changed.set(layer, [{ ...layer, inputs: [...layer.inputs, bias], outputs: node.outputs }]);
  }
  return nodes.flatMap((node) => changed.get(node) ?? [node]);
}

/** Nodes with other names for some values. */
function renamedValues(nodes: readonly Node[], names: ReadonlyMap<string, string>): readonly Node[] {
  const renamed = (name: string) => names.get(name) ?? name;
  return nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) }));
}
