import { type Graph, type Node, type Subgraph, subgraphsOf } from "@deep-compression/network";

/** Names that a node reads: its inputs, and what the graphs that it runs see of the graph around them. */
export function valuesRead(node: Node): ReadonlySet<string> {
  const names = new Set(node.inputs.filter((name) => name !== ""));
  for (const graph of subgraphsOf(node)) for (const name of outerValues(graph)) names.add(name);
  return names;
}

/** Tensors of the network that a node names other than as a value: constants of its attributes and of the graphs that it runs. */
export function tensorsNamed(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  for (const attribute of Object.values(node.attributes)) {
    if (typeof attribute === "object" && "tensorName" in attribute) names.add(attribute.tensorName);
  }
  for (const { nodes, tensors } of subgraphsOf(node)) {
    for (const name of Object.values(tensors)) names.add(name);
    for (const inner of nodes) for (const name of tensorsNamed(inner)) names.add(name);
  }
  return names;
}

/** Tensors that the functions of a graph name. */
export function tensorsOfFunctions({ functions = [] }: Graph): ReadonlySet<string> {
  const names = functions.flatMap(({ nodes, tensors, defaults = {} }) => {
    const asNode: Node = { op: "", inputs: [], outputs: [], attributes: defaults };
    return [...Object.values(tensors), ...[asNode, ...nodes].flatMap((node) => [...tensorsNamed(node)])];
  });
  return new Set(names);
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
