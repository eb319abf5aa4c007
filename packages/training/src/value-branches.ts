import type { Graph } from "@deep-compression/network";
import { elements, type LayerContext, type Value } from "./layer";
import { padded } from "./parameters";

/** The values of a graph, each for as many readers as it has. */
export interface ValueBranches {
  has(name: string): boolean;
  set(name: string, value: Value): void;
  /** The value for one more reader: where there are several, each has a gradient of its own, and must leave the data alone. */
  take(name: string): Value;
  /** Emits the sum of the readers' gradients: the gradient of the value. */
  emitSum(name: string): void;
}

/** How often each value is read, by nodes or as a result. */
function countReaders({ nodes }: Graph, results: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...results])
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

export function valueBranches(context: LayerContext, graph: Graph, results: Iterable<string>): ValueBranches {
  const readers = countReaders(graph, results);
  const values = new Map<string, { readonly value: Value; readonly branches: Value[] }>();
  return {
    has: (name) => values.has(name),
    set: (name, value) => void values.set(name, { value, branches: [] }),
    take(name) {
      const { value, branches } = values.get(name)!;
      if (readers.get(name) === 1) return value;
      const isFirst = branches.length === 0;
      const bytes = padded(elements(value, context.images)) * 4;
      const gradient = isFirst || value.gradient === 0 ? value.gradient : context.scope.allocate(bytes);
      const branch = { ...value, gradient, readOnly: true } as const;
      branches.push(branch);
      return branch;
    },
    emitSum(name) {
      const { value, branches } = values.get(name)!;
      const n = padded(elements(value, context.images));
      const { gradient: a } = value;
      if (a) for (const { gradient: b } of branches.slice(1)) context.emit({ op: "add", n, a, b, y: a });
    },
  };
}
