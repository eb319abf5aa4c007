import type { Attribute, Node, Subgraph } from "@deep-compression/network";

/** The nodes of a branch under names that nothing else has, which are noted, and the names of what it makes. */
export function nodesUnder({ nodes, outputs, tensors }: Subgraph, names: Set<string>) {
  const own = new Map(Object.entries(tensors));
  for (const inner of nodes) {
    for (const name of inner.outputs) {
      if (name === "") continue;
      let fresh = name;
      while (names.has(fresh)) fresh += "_";
      names.add(fresh);
      own.set(name, fresh);
    }
  }
  return {
    nodes: nodes.map((inner) => renamed(inner, own)),
    results: outputs.map(({ name }) => own.get(name) ?? name),
  };
}

function renamed(node: Node, names: ReadonlyMap<string, string>): Node {
  const rename = (name: string) => names.get(name) ?? name;
  const attributes = Object.entries(node.attributes).map(([key, value]) => [key, renamedAttribute(value, names)]);
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(attributes),
  };
}

function renamedAttribute(attribute: Attribute, names: ReadonlyMap<string, string>): Attribute {
  if (typeof attribute !== "object") return attribute;
  if ("graph" in attribute) return { graph: renamedSubgraph(attribute.graph, names) };
  return "graphs" in attribute ? { graphs: attribute.graphs.map((graph) => renamedSubgraph(graph, names)) } : attribute;
}

/** What a subgraph takes from around it, under the new names; its own names stay. */
function renamedSubgraph(graph: Subgraph, names: ReadonlyMap<string, string>): Subgraph {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...Object.keys(graph.tensors),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const outer = new Map([...names].filter(([name]) => !own.has(name)));
  const outputs = graph.outputs.map((value) => ({ ...value, name: outer.get(value.name) ?? value.name }));
  return { ...graph, nodes: graph.nodes.map((node) => renamed(node, outer)), outputs };
}
