import { type Node, valuesRead } from "@deep-compression/network";
import type { NetworkPart } from "./network-part";

/** Batches that take the same branch of each If. */
export interface BranchGroup {
  /** Their places, ascending. */
  readonly batches: readonly number[];
  /** Outputs of nodes that these batches do not run. */
  readonly skipped: ReadonlySet<string>;
  /** For the output of each node that joins two branches which of its inputs it is. */
  readonly chosen: ReadonlyMap<string, number>;
}

/** A node that gives what either branch makes the name that the If gives it: inputs of the branches "then" and "else", one output. */
const JOIN = { op: "Join", domain: "deep-compression.branches" } as const;

/** The node that joins what two branches make. */
export function joinNode(inputs: readonly [string, string], output: string): Node {
  return { ...JOIN, inputs, outputs: [output], attributes: {} };
}

/** All batches, where all take the same branches. */
export function oneGroup(batches: number): readonly BranchGroup[] {
  return [{ batches: Array.from({ length: batches }, (_, i) => i), skipped: new Set(), chosen: new Map() }];
}

/** Whether the batches of a group run a node. */
export function runsNode({ skipped }: Pick<BranchGroup, "skipped">, { outputs }: Node): boolean {
  return !outputs.some((name) => skipped.has(name));
}

/** The places, ascending, of the batches that run a node. */
export function placesThatRun(groups: readonly BranchGroup[], node: Node): readonly number[] {
  return groups
    .filter((group) => runsNode(group, node))
    .flatMap(({ batches }) => batches)
    .sort((a, b) => a - b);
}

/** The nodes that the batches of a group run, what joins branches being the one that they take. */
export function nodesOfGroup(nodes: readonly Node[], group: Pick<BranchGroup, "skipped" | "chosen">): readonly Node[] {
  return nodes.flatMap((node): Node[] => {
    if (!runsNode(group, node)) return [];
    const place = group.chosen.get(node.outputs[0] ?? "");
    if (node.domain !== JOIN.domain || place === undefined) return [node];
    return [{ op: "Identity", inputs: [node.inputs[place]!], outputs: node.outputs, attributes: {} }];
  });
}

/** What the batches of a group run of a part. */
export function partOfGroup({ nodes, reads, makes }: NetworkPart, group: BranchGroup): NetworkPart {
  const own = nodesOfGroup(nodes, group);
  const read = new Set(own.flatMap((node) => [...valuesRead(node)]));
  const made = new Set(own.flatMap(({ outputs }) => outputs));
  return { nodes: own, reads: reads.filter((name) => read.has(name)), makes: makes.filter((name) => made.has(name)) };
}
