import type { Node } from "@deep-compression/network";
import type { GraphBuilder } from "./graph-builder";

/** The nodes that some values need. */
export function neededNodes(nodes: readonly Node[], outputs: readonly string[]): readonly Node[] {
  const needed = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  });
  return kept.reverse();
}

/** Convolutions with the biases that are added to all that they make, so that they are theirs. */
export function withOwnBiases(
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
    const [layer] = node.inputs.flatMap((name) => makers.get(name) ?? []).filter(({ outputs: [name] }) => channels.has(name!));
    if (layer?.inputs.length !== 2 || readers.get(layer.outputs[0]!) !== 1) continue;
    if (known.heads.get(bias)?.shape[0] !== channels.get(layer.outputs[0]!)) continue;
    changed.set(node, []);
    changed.set(layer, [{ ...layer, inputs: [...layer.inputs, bias], outputs: node.outputs }]);
  }
  return nodes.flatMap((node) => changed.get(node) ?? [node]);
}

/** Nodes with other names for some values. */
export function renamedValues(nodes: readonly Node[], names: ReadonlyMap<string, string>): readonly Node[] {
  const renamed = (name: string) => names.get(name) ?? name;
  return nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) }));
}
