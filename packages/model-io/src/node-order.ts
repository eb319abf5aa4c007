import { type Node, valuesRead } from "@deep-compression/network";

/**
 * Nodes, each behind those that make what it reads. ONNX demands that of a file, but the usual converter to float16 puts its casts
 * last, and onnxruntime runs them. A node that reads what comes later moves behind that, all others keep their order; nodes in a
 * circle stay, last, for whoever checks the graph.
 */
export function nodesInOrder(nodes: readonly Node[]): readonly Node[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const reads = nodes.map((node) => [...valuesRead(node)].filter((name) => made.has(name)));
  const readers = readersOf(reads);
  const missing = reads.map(({ length }) => length);
  const ordered = new Set<Node>();
  function add(first: number): void {
    const ready = [first];
    for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
      const node = nodes[index]!;
      ordered.add(node);
      const released = node.outputs.flatMap((name) => take(readers, name));
      // Those further on have their turn when it comes.
      for (const reader of released.reverse()) if (--missing[reader]! === 0 && reader < first) ready.push(reader);
    }
  }
  for (let index = 0; index < nodes.length; index++) if (missing[index] === 0) add(index);
  return [...new Set([...ordered, ...nodes])];
}

/** The nodes that read each value, ascending. */
function readersOf(reads: readonly (readonly string[])[]): Map<string, number[]> {
  const readers = new Map<string, number[]>();
  for (const [index, names] of reads.entries()) {
    for (const name of names) {
      const list = readers.get(name);
      if (list) list.push(index);
      else readers.set(name, [index]);
    }
  }
  return readers;
}

function take(readers: Map<string, number[]>, name: string): readonly number[] {
  const list = readers.get(name) ?? [];
  readers.delete(name);
  return list;
}
