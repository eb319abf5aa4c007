import type { Hole } from "./opened-model";

/** A hole that a tensor could have. */
export type HoleCandidate = Omit<Hole, "tensor">;

/**
 * Which candidates are holes, by their index in the list: of several on one range the first of the list, of those that
 * overlap in part none, and none without bytes.
 */
export function disjointHoles(candidates: readonly HoleCandidate[]): ReadonlySet<number> {
  const order = [...candidates.keys()].filter((i) => candidates[i]!.end > candidates[i]!.start);
  order.sort((a, b) => candidates[a]!.start - candidates[b]!.start || candidates[b]!.end - candidates[a]!.end || a - b);
  const holes = new Set<number>();
  let first = 0;
  while (first < order.length) {
    const { start, end } = candidates[order[first]!]!;
    let [last, reach] = [first + 1, end];
    let isOneRange = true;
    for (; last < order.length && candidates[order[last]!]!.start < reach; last++) {
      const other = candidates[order[last]!]!;
      if (other.start !== start || other.end !== end) isOneRange = false;
      reach = Math.max(reach, other.end);
    }
    if (isOneRange) holes.add(order[first]!);
    first = last;
  }
  return holes;
}
