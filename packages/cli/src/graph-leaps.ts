import type { Graph, Node } from "@deep-compression/network";

/** Operators that hand on what they are given. */
const SAME_VALUES: ReadonlySet<string> = new Set([
  "Reshape",
  "Transpose",
  "Cast",
  "Identity",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
]);

const LARGEST: ReadonlySet<string> = new Set(["MaxPool", "ReduceMax", "Max"]);

/**
 * What makes a graph's outputs leap, if anything does: it keeps values that equal the largest around them, or boxes that few
 * overlap. Where two values are nearly the same, the least change of weights makes it keep the other.
 *
 * @returns the operators that decide, as text
 */
export function leapsOf({ nodes }: Graph): string | undefined {
  if (nodes.some(({ op }) => op === "NonMaxSuppression")) return "NonMaxSuppression";
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  for (const { op, inputs } of nodes) {
    if (op !== "Equal") continue;
    const largest = inputs.map((name) => makerOf(name, makers)?.op ?? "").find((maker) => LARGEST.has(maker));
    if (largest !== undefined) return `Equal of a value and ${largest}`;
  }
  return undefined;
}

/** The node that made a value, past those that hand it on. */
function makerOf(name: string, makers: ReadonlyMap<string, Node>): Node | undefined {
  let maker = makers.get(name);
  while (maker !== undefined && SAME_VALUES.has(maker.op)) maker = makers.get(maker.inputs[0] ?? "");
  return maker;
}
