import { intAttribute, type Node } from "@deep-compression/network";
import type { KernelModule } from "./heap-kernels";
import type { FinishOf, FollowingNode, OperatorTable } from "./operation";
import type { Value } from "./value";
import type { WeightSource } from "./weight-source";

/** A node to prepare, and those that it does as well. */
export interface FusedNode {
  readonly node: Node;
  readonly following: readonly FollowingNode[];
}

/** What a name stands for: what a run computes, a tensor of the network, or what was computed of such. */
type Resolved = { readonly slot: number } | { readonly tensor: string } | { readonly constant: Pick<Value, "shape"> };

/** What fusing is told of the graph around the nodes. */
export interface FusionScope {
  readonly operators: OperatorTable;
  /** The outputs of the graph. */
  readonly outputs: readonly { readonly name: string }[];
  readonly weights: WeightSource & { has(name: string): boolean };
  /** What the name of a value stands for that no node of the graph makes. */
  resolve(name: string): Resolved;
}

/** Lets layers take in what is done to their outputs. */
export type Fuse = (nodes: readonly Node[], scope: FusionScope) => readonly FusedNode[];

/** What layers take in, and what they then do with it. */
export interface Fusion {
  readonly nodes: Fuse;
  readonly finishOf: FinishOf;
  /** Where the loops are that it runs. */
  readonly kernels: readonly KernelModule[];
}

/**
 * Lets layers that can do so take in what is done to each of their outputs alone: where nothing else reads the value between, and all that is
 * told is constant. The layer stands where the last of the nodes stood.
 */
export function fuseNodes(nodes: readonly Node[], scope: FusionScope): readonly FusedNode[] {
  const uses = new Uses(nodes, scope);
  const taken = new Set<Node>();
  const fused = new Map<Node, FusedNode>();
  for (const layer of nodes) {
    const operator = Object.hasOwn(scope.operators, layer.op) ? scope.operators[layer.op] : undefined;
    if (layer.domain !== undefined || operator?.finishes !== true || layer.outputs.length !== 1) continue;
    const chain = chainAfter(layer, { uses, taken });
    const last = chain.at(-1);
    if (last === undefined) continue;
    for (const { node, gate = [] } of chain) for (const part of [node, ...gate]) taken.add(part);
    taken.add(layer);
    fused.set(last.node, joined(layer, chain));
  }
  return nodes.flatMap((node) => fused.get(node) ?? (taken.has(node) ? [] : [{ node, following: [] }]));
}

/** Who reads a value, and which values are constant. */
class Uses {
  readonly #readers = new Map<string, Node[]>();
  readonly #constants: (name: string) => readonly number[] | undefined;

  constructor(nodes: readonly Node[], scope: FusionScope) {
    const made = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    this.#constants = (name) => {
      const maker = made.get(name);
      return maker === undefined ? constantShape(name, scope) : shapeOfConstant(maker, scope);
    };
    for (const node of nodes)
      for (const name of node.inputs) this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
    const shared = new Set([...scope.outputs.map((output) => output.name), ...nodes.flatMap(namesWithin)]);
    for (const name of shared) this.#readers.delete(name);
  }

  /** The nodes that read a value, each as often as it does; none if anything else reads it too. */
  readers(name: string): readonly Node[] {
    return this.#readers.get(name) ?? [];
  }

  constantShape(name: string): readonly number[] | undefined {
    return this.#constants(name);
  }

  isConstant(name: string): boolean {
    return name === "" || this.#constants(name) !== undefined;
  }

  /** Whether a value is one number, and constant. `rank`: most dimensions that it may have. */
  isScalar(name: string, rank: number): boolean {
    const shape = this.constantShape(name);
    return shape !== undefined && shape.length <= rank && shape.every((size) => size === 1);
  }
}

/** A node behind a layer and, where it multiplies a value by a function of it, the nodes of that function. */
interface Link {
  readonly node: Node;
  readonly gate?: readonly Node[];
  /** Whether it adds a value that another node makes. */
  readonly isSum?: true;
}

/** The fewest dimensions of what a layer gives. */
const LEAST_RANK = 3;

function chainAfter(
  layer: Node,
  { uses, taken }: { readonly uses: Uses; readonly taken: ReadonlySet<Node> },
): readonly Link[] {
  const [, weights = "", bias = ""] = layer.inputs;
  const rank = uses.isConstant(bias) ? uses.constantShape(weights)?.length : undefined;
  const chain: Link[] = [];
  for (let value = layer.outputs[0]!; ; ) {
    const sum = chain.some(({ isSum }) => isSum);
    const link: Link | undefined = sum
      ? boundBehind(value, rank, uses)
      : (gateBehind(value, rank, uses) ?? linkBehind(value, rank, uses) ?? sumBehind(value, uses));
    if (link === undefined || taken.has(link.node)) return chain;
    chain.push(link);
    value = link.node.outputs[0]!;
  }
}

/** The one node behind a value, if a layer can do it. `rank`: of the value; undefined where channels cannot be scaled. */
function linkBehind(value: string, rank: number | undefined, uses: Uses): Link | undefined {
  const [node, ...more] = uses.readers(value);
  if (node === undefined || more.length > 0 || node.domain !== undefined) return undefined;
  const [first, second = ""] = node.inputs;
  const other = first === value ? second : first!;
  const constantsBehind = first === value && node.inputs.slice(1).every((name) => uses.isConstant(name));
  const ofChannels = () => {
    const shape = rank === undefined ? undefined : uses.constantShape(other);
    return (
      shape !== undefined &&
      shape.length <= rank! &&
      shape.every((size, axis) => size === 1 || axis === shape.length - rank! + 1)
    );
  };
  const fits: Readonly<Record<string, () => boolean>> = {
    Relu: () => true,
    LeakyRelu: () => true,
    Clip: () => constantsBehind,
    HardSwish: () => true,
    Max: () => node.inputs.length === 2 && uses.isScalar(other, rank ?? LEAST_RANK),
    Min: () => node.inputs.length === 2 && uses.isScalar(other, rank ?? LEAST_RANK),
    Add: ofChannels,
    Mul: ofChannels,
    Sub: () => first === value && ofChannels(),
    Div: () => first === value && ofChannels(),
    BatchNormalization: () => rank !== undefined && constantsBehind && isInference(node),
  };
  return Object.hasOwn(fits, node.op) && fits[node.op]!() ? { node } : undefined;
}

/** What only bounds values, whatever their shape. */
const BOUNDS = new Set(["Relu", "LeakyRelu", "Clip", "HardSwish", "Max", "Min"]);

function boundBehind(value: string, rank: number | undefined, uses: Uses): Link | undefined {
  const link = linkBehind(value, rank, uses);
  return link !== undefined && BOUNDS.has(link.node.op) ? link : undefined;
}

/** The sum with a value that another node makes: of a residual block. */
function sumBehind(value: string, uses: Uses): Link | undefined {
  const [node, ...more] = uses.readers(value);
  if (node?.op !== "Add" || node.domain !== undefined || more.length > 0 || !isPlain(node)) return undefined;
  return node.inputs.some((name) => uses.isConstant(name)) ? undefined : { node, isSum: true };
}

/** Whether two values broadcast by today's rules. */
function isPlain({ inputs, attributes }: Node): boolean {
  return inputs.length === 2 && !Object.hasOwn(attributes, "axis");
}

/** x times a function of x that is a line between two bounds: the hard swish. */
function gateBehind(value: string, rank: number | undefined, uses: Uses): Link | undefined {
  const readers = uses.readers(value);
  const node = readers.find(({ op }) => op === "Mul");
  const start = readers.find(({ op }) => op !== "Mul");
  if (readers.length !== 2 || node === undefined || start === undefined) return undefined;
  const gate = [start];
  if (start.op === "Add") {
    const other = start.inputs[0] === value ? start.inputs[1]! : start.inputs[0]!;
    const [clip, ...more] = uses.readers(start.outputs[0]!);
    const fits =
      clip?.op === "Clip" && more.length === 0 && clip.inputs.slice(1).every((name) => uses.isConstant(name));
    if (!fits || !uses.isScalar(other, rank ?? LEAST_RANK)) return undefined;
    gate.push(clip);
  } else if (start.op !== "HardSigmoid") return undefined;
  const result = gate.at(-1)!.outputs[0]!;
  const isRead = uses.readers(result).length === 1 && node.inputs.includes(result);
  const isOwn = [node, ...gate].every(({ domain }) => domain === undefined);
  return isRead && isOwn ? { node, gate } : undefined;
}

function isInference({ outputs, inputs, ...node }: Node): boolean {
  const whole = { outputs, inputs, ...node };
  const plain = intAttribute(whole, "training_mode", 0) === 0 && intAttribute(whole, "spatial", 1) === 1;
  return plain && inputs.length === 5 && outputs.slice(1).every((name) => name === "");
}

function joined(layer: Node, chain: readonly Link[]): FusedNode {
  const inputs = Array.from({ length: 3 }, (_, index) => layer.inputs[index] ?? "");
  let value = layer.outputs[0]!;
  const follow = (node: Node): FollowingNode => {
    const places = node.inputs.map((name) => (name === value || name === "" ? -1 : inputs.push(name) - 1));
    return { node, inputs: places };
  };
  const following = chain.map(({ node, gate = [], isSum }): FollowingNode => {
    const before = value;
    const gates = gate.map((part) => {
      const own = follow(part);
      value = part.outputs[0]!;
      return own;
    });
    value = before;
    const own = gates.length > 0 ? { node, inputs: [], gate: gates } : { ...follow(node), ...(isSum && { isSum }) };
    value = node.outputs[0]!;
    return own;
  });
  return { node: { ...layer, inputs, outputs: [value] }, following };
}

/** The shape of a value that no node of the graph makes and that does not change from run to run; undefined for others. */
function constantShape(name: string, { resolve, weights }: FusionScope): readonly number[] | undefined {
  const binding = resolve(name);
  if ("slot" in binding) return undefined;
  if ("constant" in binding) return binding.constant.shape;
  return weights.has(binding.tensor) ? weights.weight(binding.tensor).shape : undefined;
}

/** The shape of what a node Constant makes, if it is one of numbers. */
function shapeOfConstant({ op, domain, attributes }: Node, { weights }: FusionScope): readonly number[] | undefined {
  if (op !== "Constant" || domain !== undefined) return undefined;
  const { value, value_float: number } = attributes;
  if (typeof value === "object" && "tensor" in value) return value.tensor.shape;
  if (typeof value === "object" && "tensorName" in value) return weights.weight(value.tensorName).shape;
  return number === undefined ? undefined : [];
}

/** The names that graphs within a node read. */
function namesWithin({ attributes }: Node): readonly string[] {
  return Object.values(attributes).flatMap((attribute) => {
    if (typeof attribute !== "object" || !("graph" in attribute)) return [];
    const { nodes, outputs } = attribute.graph;
    return [...outputs.map(({ name }) => name), ...nodes.flatMap((node) => [...node.inputs, ...namesWithin(node)])];
  });
}
