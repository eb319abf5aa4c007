import { type Graph, type Node, valuesRead } from "@deep-compression/network";

/** Which nodes read each value, by name; an output of the graph is read once more. */
export interface ValueReaders {
  /** The only node that reads a value. */
  onlyReader(name: string): Node | undefined;
  /** How often a value or tensor is read. */
  count(name: string): number;
}

export function valueReaders({ nodes, outputs }: Graph): ValueReaders {
  const readers = new Map<string, (Node | undefined)[]>();
  const note = (name: string, node: Node | undefined) => readers.set(name, [...(readers.get(name) ?? []), node]);
  for (const node of nodes) {
    for (const name of valuesRead(node)) note(name, node);
    for (const name of new Set(node.inputs.filter((one, i) => node.inputs.indexOf(one) < i))) note(name, node);
  }
  for (const { name } of outputs) note(name, undefined);
  return {
    onlyReader(name) {
      const own = readers.get(name) ?? [];
      return own.length === 1 ? own[0] : undefined;
    },
    count: (name) => readers.get(name)?.length ?? 0,
  };
}
