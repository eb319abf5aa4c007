import { intAttribute, type Node } from "@deep-compression/network";
import type { FollowingNode, OperatorTable } from "./operation";

/** A node to prepare, and those that it does as well. */
export interface FusedNode {
  readonly node: Node;
  readonly following: readonly FollowingNode[];
}

/** What fusing is told of the graph around the nodes. */
export interface FusionScope {
  readonly operators: OperatorTable;
  /** The outputs of the graph. */
  readonly outputs: ReadonlySet<string>;
  /** Whether a name that no node makes has a value that does not change from run to run. */
  isConstant(name: string): boolean;
}

const ACTIVATIONS = new Set(["Relu", "LeakyRelu", "Clip"]);
/** Inputs of a layer before those of the nodes that follow: input, weights, bias. */
const LAYER_INPUTS = 3;

/**
 * Lets layers that can do so take in the BatchNormalization and the activation behind them: where nothing else reads the value between, and
 * all that they are told is constant. The layer stands where the last of them stood.
 */
export function fuseNodes(nodes: readonly Node[], scope: FusionScope): readonly FusedNode[] {
  const readers = soleReaders(nodes, scope.outputs);
  const made = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const isConstant = (name: string) => {
    const maker = made.get(name);
    return name === "" || (maker === undefined ? scope.isConstant(name) : maker.op === "Constant");
  };
  const taken = new Set<Node>();
  const fused = new Map<Node, FusedNode>();
  for (const layer of nodes) {
    const chain = isLayer(layer, scope.operators) ? chainAfter(layer, readers, isConstant) : [];
    const last = chain.at(-1);
    if (last === undefined) continue;
    for (const node of [layer, ...chain]) taken.add(node);
    fused.set(last, joined(layer, chain));
  }
  return nodes.flatMap((node) => fused.get(node) ?? (taken.has(node) ? [] : [{ node, following: [] }]));
}

function isLayer({ op, domain, outputs, inputs }: Node, operators: OperatorTable): boolean {
  const operator = Object.hasOwn(operators, op) ? operators[op] : undefined;
  return domain === undefined && operator?.finishes === true && outputs.length === 1 && inputs.length <= LAYER_INPUTS;
}

/** The nodes behind a layer that it can do as well: a normalization, an activation, or both. */
function chainAfter(
  layer: Node,
  readers: ReadonlyMap<string, Node>,
  isConstant: (name: string) => boolean,
): readonly Node[] {
  const follower = ({ outputs: [name = ""] }: Node) => {
    const reader = readers.get(name);
    const [first, ...others] = reader?.inputs ?? [];
    const fits = reader !== undefined && reader.domain === undefined && first === name && others.every(isConstant);
    return fits && reader.outputs.slice(1).every((output) => output === "") ? reader : undefined;
  };
  const chain: Node[] = [];
  let next = follower(layer);
  const [, , bias = ""] = layer.inputs;
  if (next?.op === "BatchNormalization" && next.inputs.length === 5 && isConstant(bias) && isInference(next)) {
    chain.push(next);
    next = follower(next);
  }
  if (next !== undefined && ACTIVATIONS.has(next.op)) chain.push(next);
  return chain;
}

function isInference(node: Node): boolean {
  return intAttribute(node, "training_mode", 0) === 0 && intAttribute(node, "spatial", 1) === 1;
}

function joined(layer: Node, chain: readonly Node[]): FusedNode {
  const inputs = Array.from({ length: LAYER_INPUTS }, (_, index) => layer.inputs[index] ?? "");
  const following = chain.map((node): FollowingNode => {
    const firstInput = inputs.length;
    inputs.push(...node.inputs.slice(1));
    return { node, firstInput };
  });
  return { node: { ...layer, inputs, outputs: chain.at(-1)!.outputs.slice(0, 1) }, following };
}

/** The node that reads a value, for values that only one node reads, once, and that are no outputs. */
function soleReaders(nodes: readonly Node[], outputs: ReadonlySet<string>): ReadonlyMap<string, Node> {
  const readers = new Map<string, Node>();
  const shared = new Set<string>(outputs);
  const read = (name: string, node: Node) => {
    if (readers.has(name)) shared.add(name);
    readers.set(name, node);
  };
  for (const node of nodes) {
    for (const name of node.inputs) read(name, node);
    for (const name of namesWithin(node)) shared.add(name);
  }
  for (const name of shared) readers.delete(name);
  return readers;
}

/** The names that graphs within a node read. */
function namesWithin({ attributes }: Node): readonly string[] {
  return Object.values(attributes).flatMap((attribute) => {
    if (typeof attribute !== "object" || !("graph" in attribute)) return [];
    const { nodes, outputs } = attribute.graph;
    return [...outputs.map(({ name }) => name), ...nodes.flatMap((node) => [...node.inputs, ...namesWithin(node)])];
  });
}
