import type { Node, Subgraph } from "./graph";
import { subgraphsOf } from "./subgraphs";

/** Names that a node reads: its inputs, and what the graphs that it runs see of the graph around them. */
export function valuesRead(node: Node): ReadonlySet<string> {
  const names = new Set(node.inputs.filter((name) => name !== ""));
  for (const graph of subgraphsOf(node)) for (const name of outerValues(graph)) names.add(name);
  return names;
}

/** What a subgraph reads that neither it nor its nodes make. */
function outerValues({ inputs, outputs, nodes, tensors }: Subgraph): ReadonlySet<string> {
  const own = new Set([...inputs.map(({ name }) => name), ...Object.keys(tensors)]);
  const outer = new Set<string>();
  const read = (name: string) => {
    if (!own.has(name)) outer.add(name);
  };
  for (const node of nodes) {
    for (const name of valuesRead(node)) read(name);
    for (const name of node.outputs) own.add(name);
  }
  for (const { name } of outputs) read(name);
  return outer;
}
