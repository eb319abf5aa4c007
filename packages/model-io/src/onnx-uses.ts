import type { Attribute, Graph, Node, Subgraph } from "@deep-compression/network";

/** Tensors of a network that are constants of subgraphs and functions, or attributes, and no values of the main graph. */
export function graphUses({ nodes, outputs, overridable = [], functions = [] }: Graph): {
  readonly elsewhere: ReadonlySet<string>;
} {
  const elsewhere = new Set<string>();
  const values = new Set([...outputs.map(({ name }) => name), ...overridable]);
  visitNodes(nodes, { elsewhere, values });
  for (const own of functions) {
    for (const name of Object.values(own.tensors)) elsewhere.add(name);
    visitNodes(own.nodes, { elsewhere, values: new Set() });
    for (const attribute of Object.values(own.defaults ?? {}))
      visitAttribute(attribute, { elsewhere, values: new Set() });
  }
  for (const name of values) elsewhere.delete(name);
  return { elsewhere };
}

interface Uses {
  readonly elsewhere: Set<string>;
  /** Names that nodes take, in the main graph or from it. */
  readonly values: Set<string>;
}

function visitNodes(nodes: readonly Node[], uses: Uses): void {
  for (const { inputs, attributes } of nodes) {
    for (const input of inputs) uses.values.add(input);
    for (const attribute of Object.values(attributes)) visitAttribute(attribute, uses);
  }
}

function visitAttribute(attribute: Attribute, uses: Uses): void {
  if (typeof attribute !== "object") return;
  if ("tensorName" in attribute) uses.elsewhere.add(attribute.tensorName);
  else if ("graph" in attribute) visitSubgraph(attribute.graph, uses);
  else if ("graphs" in attribute) for (const graph of attribute.graphs) visitSubgraph(graph, uses);
}

function visitSubgraph({ nodes, outputs, tensors }: Subgraph, uses: Uses): void {
  for (const name of Object.values(tensors)) uses.elsewhere.add(name);
  const inner: Uses = { elsewhere: uses.elsewhere, values: new Set(outputs.map(({ name }) => name)) };
  visitNodes(nodes, inner);
  // A name that the subgraph itself gives a tensor is not taken from around it.
  for (const name of inner.values) if (!Object.hasOwn(tensors, name)) uses.values.add(name);
}
