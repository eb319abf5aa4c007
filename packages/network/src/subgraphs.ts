import type { Attribute, Node, Subgraph } from "./graph";

/** The graphs that a node runs: branches and bodies, in the order of its attributes. */
export function subgraphsOf({ attributes }: Pick<Node, "attributes">): readonly Subgraph[] {
  return Object.values(attributes).flatMap(subgraphsIn);
}

/** The graphs that an attribute holds. */
export function subgraphsIn(attribute: Attribute): readonly Subgraph[] {
  if (typeof attribute !== "object") return [];
  if ("graph" in attribute) return [attribute.graph];
  return "graphs" in attribute ? attribute.graphs : [];
}
