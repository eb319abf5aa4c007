import { type Graph, type Node, subgraphsOf } from "@deep-compression/network";

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
