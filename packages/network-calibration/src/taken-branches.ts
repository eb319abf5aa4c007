import {
  type Attribute,
  type Graph,
  type Network,
  type Node,
  numericValues,
  type Subgraph,
} from "@deep-compression/network";
import type { Executor, NamedTensors } from "./executor";
import { networkOfPart, networkParts } from "./network-part";
import { valuesRead } from "./node-values";

type GraphNetwork = Network & { readonly graph: Graph };

/** Deepest that branches in branches are followed. */
const MAX_DEPTH = 33;

/**
 * A graph with the nodes of a branch in the place of each If that takes the same branch for all inputs, such as one that asks for the
 * sampling rate, so that their weights meet inputs as others do.
 */
export async function withTakenBranches(
  network: GraphNetwork,
  batches: readonly NamedTensors[],
  executor: Executor,
): Promise<Graph> {
  let { graph } = network;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const conditions = new Set(graph.nodes.filter(isIf).map(({ inputs }) => inputs[0]!));
    if (conditions.size === 0) return graph;
    const known = await constantConditions({ ...network, graph }, { conditions, batches, executor });
    const names = new Set([...graph.inputs.map(({ name }) => name), ...network.tensors.map(({ name }) => name)]);
    for (const node of graph.nodes) for (const name of node.outputs) names.add(name);
    const nodes = graph.nodes.flatMap((node) => {
      const taken = isIf(node) ? known.get(node.inputs[0]!) : undefined;
      return taken === undefined ? [node] : (branchNodes(node, taken ? "then_branch" : "else_branch", names) ?? [node]);
    });
    if (nodes.length === graph.nodes.length && nodes.every((node, i) => node === graph.nodes[i])) return graph;
    graph = { ...graph, nodes };
  }
  return graph;
}

function isIf({ op, domain = "" }: Node): boolean {
  return op === "If" && (domain === "" || domain === "ai.onnx");
}

/** The conditions that are the same for all inputs. */
async function constantConditions(
  network: GraphNetwork,
  options: {
    readonly conditions: ReadonlySet<string>;
    readonly batches: readonly NamedTensors[];
    readonly executor: Executor;
  },
): Promise<ReadonlyMap<string, boolean>> {
  const { conditions, batches, executor } = options;
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  const found = new Map<string, boolean>();
  for (const name of conditions) {
    const tensor = tensors.get(name);
    if (tensor !== undefined) found.set(name, isTrue(tensor.bytes));
  }
  const computed = [...conditions].filter((name) => !tensors.has(name));
  if (computed.length === 0) return found;
  const nodes = nodesFor(network.graph, new Set(computed));
  const graph = { ...network.graph, nodes, outputs: computed.map((name) => ({ name })) };
  const [part] = networkParts(graph, []);
  const prepared =
    part!.makes.length === 0
      ? undefined
      : await executor.prepare(networkOfPart({ ...network, graph }, part!, { examples: batches, replaced: new Map() }));
  const seen = new Map<string, Set<boolean>>();
  for (const batch of batches) {
    const inputs = new Map(part!.reads.map((name) => [name, batch.get(name)!]));
    const values = new Map([...batch, ...((await prepared?.run(inputs)) ?? [])]);
    for (const name of computed) {
      const value = values.get(name);
      const own = seen.get(name) ?? new Set();
      if (value !== undefined) seen.set(name, own.add(numericValues(value)[0] !== 0));
    }
  }
  await prepared?.close();
  for (const [name, own] of seen) for (const value of own.size === 1 ? own : []) found.set(name, value);
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

/** The nodes of a branch under names that nothing else has, which are noted, and what gives the If's outputs their names. */
function branchNodes(node: Node, branch: string, names: Set<string>): readonly Node[] | undefined {
  const attribute = node.attributes[branch];
  if (typeof attribute !== "object" || !("graph" in attribute)) return undefined;
  const { nodes, outputs, tensors } = attribute.graph;
  const own = new Map(Object.entries(tensors));
  for (const inner of nodes) {
    for (const name of inner.outputs) {
      if (name === "") continue;
      let fresh = name;
      while (names.has(fresh)) fresh += "_";
      names.add(fresh);
      own.set(name, fresh);
    }
  }
  const results = node.outputs.flatMap((output, i): Node[] => {
    const name = outputs[i]?.name ?? "";
    return output === ""
      ? []
      : [{ op: "Identity", inputs: [own.get(name) ?? name], outputs: [output], attributes: {} }];
  });
  return [...nodes.map((inner) => renamed(inner, own)), ...results];
}

function renamed(node: Node, names: ReadonlyMap<string, string>): Node {
  const rename = (name: string) => names.get(name) ?? name;
  const attributes = Object.entries(node.attributes).map(([key, value]) => [key, renamedAttribute(value, names)]);
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(attributes),
  };
}

function renamedAttribute(attribute: Attribute, names: ReadonlyMap<string, string>): Attribute {
  if (typeof attribute !== "object") return attribute;
  if ("graph" in attribute) return { graph: renamedSubgraph(attribute.graph, names) };
  return "graphs" in attribute ? { graphs: attribute.graphs.map((graph) => renamedSubgraph(graph, names)) } : attribute;
}

/** What a subgraph takes from around it, under the new names; its own names stay. */
function renamedSubgraph(graph: Subgraph, names: ReadonlyMap<string, string>): Subgraph {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...Object.keys(graph.tensors),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const outer = new Map([...names].filter(([name]) => !own.has(name)));
  const outputs = graph.outputs.map((value) => ({ ...value, name: outer.get(value.name) ?? value.name }));
  return { ...graph, nodes: graph.nodes.map((node) => renamed(node, outer)), outputs };
}
