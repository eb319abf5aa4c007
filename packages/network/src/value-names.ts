/**
 * The name of the `index`-th value that the nodes of a graph make, counted over all outputs of all nodes: what our
 * architectures use, and what the graph encoding therefore need not store (docs/format.md, "The graph").
 */
export function automaticValueName(index: number): string {
  return `value${index}`;
}
