import {
  type Graph,
  type Network,
  type Node,
  numericValues,
  type Subgraph,
  valuesRead,
} from "@deep-compression/network";
import { type BranchGroup, joinNode, nodesOfGroup, runsNode } from "./branch-groups";
import { nodesUnder } from "./branch-nodes";
import type { Executor, NamedTensors } from "./executor";
import { networkOfPart, networkParts } from "./network-part";

type GraphNetwork = Network & { readonly graph: Graph };

/** A graph without the Ifs whose branches are known, and the batches by the branches that they take. */
export interface BranchedGraph {
  readonly graph: Graph;
  readonly groups: readonly BranchGroup[];
}

/** Deepest that branches in branches are followed. */
const MAX_DEPTH = 33;

/** What is known of the branches that a batch takes. */
interface Taken {
  readonly skipped: Set<string>;
  readonly chosen: Map<string, number>;
}

/**
 * A graph with the nodes of a branch in the place of each If that takes the same branch for all inputs, such as one that asks for the
 * sampling rate, so that their weights meet inputs as others do. Of an If that takes either, the nodes of both branches are there,
 * of which each batch runs those of its own.
 */
export async function withTakenBranches(
  network: GraphNetwork,
  batches: readonly NamedTensors[],
  executor: Executor,
): Promise<BranchedGraph> {
  let { graph } = network;
  const taken = batches.map((): Taken => ({ skipped: new Set(), chosen: new Map() }));
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const ifs = graph.nodes.filter(isIf);
    if (ifs.length === 0) break;
    const conditions = await knownConditions({ ...network, graph }, { ifs, taken, batches, executor });
    const names = new Set([...graph.inputs.map(({ name }) => name), ...network.tensors.map(({ name }) => name)]);
    for (const node of graph.nodes) for (const name of node.outputs) names.add(name);
    const before = graph.nodes;
    const nodes = before.flatMap((node) => (isIf(node) ? inPlaceOf(node, { conditions, taken, names }) : [node]));
    if (nodes.length === before.length && nodes.every((node, i) => node === before[i])) break;
    graph = { ...graph, nodes };
  }
  return { graph, groups: groupsOf(taken) };
}

function isIf({ op, domain = "" }: Node): boolean {
  return op === "If" && (domain === "" || domain === "ai.onnx");
}

function groupsOf(taken: readonly Taken[]): readonly BranchGroup[] {
  const groups = new Map<string, Taken & { readonly batches: number[] }>();
  for (const [batch, { skipped, chosen }] of taken.entries()) {
    const key = [...chosen].join(" ");
    const own = groups.get(key) ?? { skipped, chosen, batches: [] };
    own.batches.push(batch);
    groups.set(key, own);
  }
  return [...groups.values()];
}

/** For each batch the conditions of the Ifs that it comes to, by name. */
async function knownConditions(
  network: GraphNetwork,
  options: {
    readonly ifs: readonly Node[];
    readonly taken: readonly Taken[];
    readonly batches: readonly NamedTensors[];
    readonly executor: Executor;
  },
): Promise<readonly ReadonlyMap<string, boolean>[]> {
  const { ifs, taken, batches, executor } = options;
  const found: ReadonlyMap<string, boolean>[] = [];
  for (const group of groupsOf(taken)) {
    const nodes = nodesOfGroup(network.graph.nodes, group);
    const conditions = new Set(ifs.filter((node) => runsNode(group, node)).map(({ inputs }) => inputs[0]!));
    const own = group.batches.map((batch) => batches[batch]!);
    const graph = { ...network.graph, nodes };
    const values = await conditionsOf({ ...network, graph }, { conditions, batches: own, executor });
    for (const [i, batch] of group.batches.entries()) found[batch] = values[i]!;
  }
  return found;
}

async function conditionsOf(
  network: GraphNetwork,
  options: {
    readonly conditions: ReadonlySet<string>;
    readonly batches: readonly NamedTensors[];
    readonly executor: Executor;
  },
): Promise<readonly ReadonlyMap<string, boolean>[]> {
  const { conditions, batches, executor } = options;
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  const constant = [...conditions].flatMap((name) => {
    const tensor = tensors.get(name);
    return tensor === undefined ? [] : [[name, isTrue(tensor.bytes)] as const];
  });
  const computed = [...conditions].filter((name) => !tensors.has(name));
  if (computed.length === 0) return batches.map(() => new Map(constant));
  const nodes = nodesFor(network.graph, new Set(computed));
  const graph = { ...network.graph, nodes, outputs: computed.map((name) => ({ name })) };
  const [part] = networkParts(graph, []);
  const prepared =
    part!.makes.length === 0
      ? undefined
      : await executor.prepare(networkOfPart({ ...network, graph }, part!, { examples: batches, replaced: new Map() }));
  const found: ReadonlyMap<string, boolean>[] = [];
  for (const batch of batches) {
    const inputs = new Map(part!.reads.map((name) => [name, batch.get(name)!]));
    const values = new Map([...batch, ...((await prepared?.run(inputs)) ?? [])]);
    const own = computed.flatMap((name) => {
      const value = values.get(name);
      return value === undefined ? [] : [[name, numericValues(value)[0] !== 0] as const];
    });
    found.push(new Map([...constant, ...own]));
  }
  await prepared?.close();
  return found;
}

function isTrue(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0);
}

/** The nodes that some values are made by, in their order. */
function nodesFor({ nodes }: Graph, wanted: ReadonlySet<string>): readonly Node[] {
  const needed = new Set(wanted);
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const name of valuesRead(node)) needed.add(name);
  }
  return kept.reverse();
}

/** The nodes of the branches that batches take of an If, under names that nothing else has; the If itself where that is not known. */
function inPlaceOf(
  node: Node,
  options: {
    readonly conditions: readonly ReadonlyMap<string, boolean>[];
    readonly taken: readonly Taken[];
    readonly names: Set<string>;
  },
): readonly Node[] {
  const { conditions, taken, names } = options;
  const asked = taken.map((own, i) => (runsNode(own, node) ? conditions[i]!.get(node.inputs[0]!) : null));
  const answers = new Set(asked.filter((answer) => answer !== null));
  const graphs = [branchOf(node, "then_branch"), branchOf(node, "else_branch")] as const;
  const [isThen] = answers;
  if (isThen === undefined || answers.has(undefined) || graphs.includes(undefined)) return [node];
  const branches = graphs.map((graph, place) => (answers.has(place === 0) ? nodesUnder(graph!, names) : undefined));
  for (const [place, branch] of branches.entries()) {
    for (const { outputs } of branch?.nodes ?? []) {
      for (const [i, { skipped }] of taken.entries()) {
        if (asked[i] !== (place === 0)) for (const name of outputs) skipped.add(name);
      }
    }
  }
  const joins = node.outputs.flatMap((output, i): Node[] => {
    if (output === "") return [];
    const [first, second] = branches.map((branch) => branch?.results[i] ?? "");
    if (answers.size === 1) {
      return [{ op: "Identity", inputs: [isThen ? first! : second!], outputs: [output], attributes: {} }];
    }
    for (const [batch, { chosen }] of taken.entries()) {
      if (asked[batch] !== null) chosen.set(output, asked[batch] ? 0 : 1);
    }
    return [joinNode([first!, second!], output)];
  });
  return [...branches.flatMap((branch) => branch?.nodes ?? []), ...joins];
}

function branchOf({ attributes }: Node, branch: string): Subgraph | undefined {
  const attribute = attributes[branch];
  return typeof attribute === "object" && "graph" in attribute ? attribute.graph : undefined;
}
