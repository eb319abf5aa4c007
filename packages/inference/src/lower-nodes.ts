import {
  type Attribute,
  type Graph,
  MAX_NODES,
  misfit,
  type Node,
  operatorName,
  type Subgraph,
  subgraphsOf,
} from "@deep-compression/network";
import type { KnownWeights } from "./constants";
import type { InlinedGraph } from "./inline-functions";
import { isLowered, type Lowering, type LoweringSite } from "./lowering";
import { LOWERINGS } from "./lowerings/index";
import type { OperatorTable } from "./operation";
import { missingOperators } from "./run-problem";
import type { StoredTensor } from "./weight-source";

/** Blocked layouts, which onnxruntime makes for the processor that it runs on. */
const BLOCKED = "com.microsoft.nchwc";
const WHY_NOT_BLOCKED = "saved for one processor's layout; export with a lower optimization level";

/** A graph without the nodes that could be lowered, and why others could not, by the names of their operators or domain. */
export interface LoweredGraph extends InlinedGraph {
  readonly whyNot: ReadonlyMap<string, string>;
}

/**
 * Puts ONNX's own operators in the place of those that onnxruntime's optimizer and quantizer leave in a model. A node that cannot be
 * lowered stays.
 *
 * @param weights the tensors of the network; undefined where there is the graph alone
 * @throws TypeError, RangeError naming the node, for attributes that it cannot have or more nodes than a graph may have
 */
export function lowerNodes({ graph, opsetOf }: InlinedGraph, weights: KnownWeights | undefined): LoweredGraph {
  const whyNot = new Map<string, string>();
  if (!hasLowered(graph.nodes)) return { graph, opsetOf, whyNot };
  const lowerer = new Lowerer(graph, { opsetOf, weights, whyNot });
  const constants: Constants = new Map(graph.inputs.map(({ name }) => [name, undefined]));
  const nodes = lowerer.nodes(graph.nodes, constants);
  return { graph: { ...graph, nodes }, opsetOf: (node) => lowerer.opsets.get(node) ?? opsetOf(node), whyNot };
}

/** Why a session cannot run a graph, in one line, with what speaks against lowering the operators that are left. Undefined if nothing does. */
export function loweredProblem({ graph, whyNot }: LoweredGraph, operators: OperatorTable): string | undefined {
  const missing = missingOperators(graph, operators);
  if (missing === undefined) return undefined;
  return [missing, ...[...whyNot].map(([name, reason]) => `${name}: ${reason}`)].join("; ");
}

/** What a name stands for that is no tensor of the network of this name: a tensor of another name, one of a node, or no tensor. */
type Constants = Map<string, StoredTensor | string | undefined>;

interface LowererOptions extends Pick<InlinedGraph, "opsetOf"> {
  readonly weights: KnownWeights | undefined;
  readonly whyNot: Map<string, string>;
}

class Lowerer {
  readonly opsets = new Map<Node, number>();
  readonly #options: LowererOptions;
  /** Every name of the graph and of those within it. */
  readonly #used = new Set<string>();
  readonly #read = new Set<string>();
  #fresh = 0;
  #count = 0;

  constructor(graph: Graph, options: LowererOptions) {
    this.#options = options;
    this.#addNames({ ...graph, tensors: {} });
  }

  nodes(nodes: readonly Node[], constants: Constants): Node[] {
    return nodes.flatMap((node) => {
      const made = this.#lowered(node, constants);
      this.#count += made.length;
      if (this.#count > MAX_NODES) throw misfit(node, `expected at most ${MAX_NODES} nodes`);
      for (const name of node.outputs) constants.set(name, undefined);
      if (node.domain === undefined) constants.set(node.outputs[0] ?? "", constantOf(node, constants));
      return made;
    });
  }

  #lowered(node: Node, constants: Constants): readonly Node[] {
    const opset = this.#options.opsetOf(node);
    const lowering = loweringOf(node);
    if (lowering === undefined) {
      if (node.domain === BLOCKED) this.#options.whyNot.set(BLOCKED, WHY_NOT_BLOCKED);
      if (subgraphsOf(node).length === 0) return [node];
      const attributes = Object.entries(node.attributes).map(([name, value]) => [name, this.#within(value, constants)]);
      const rewritten: Node = { ...node, attributes: Object.fromEntries(attributes) };
      this.opsets.set(rewritten, opset);
      return [rewritten];
    }
    const made: Node[] = [];
    const lowered = lowering(this.#site(node, constants, made));
    if (!isLowered(lowered)) {
      this.#options.whyNot.set(operatorName(node), lowered.whyNot);
      return [node];
    }
    return this.#renamed(node, made, lowered);
  }

  #within(attribute: Attribute, constants: Constants): Attribute {
    if (typeof attribute !== "object") return attribute;
    if ("graph" in attribute) return { graph: this.#subgraph(attribute.graph, constants) };
    if ("graphs" in attribute) return { graphs: attribute.graphs.map((graph) => this.#subgraph(graph, constants)) };
    return attribute;
  }

  #subgraph(graph: Subgraph, outer: Constants): Subgraph {
    const constants: Constants = new Map(outer);
    for (const { name } of graph.inputs) constants.set(name, undefined);
    for (const [name, tensor] of Object.entries(graph.tensors)) constants.set(name, tensor);
    return { ...graph, nodes: this.nodes(graph.nodes, constants) };
  }

  #site(node: Node, constants: Constants, made: Node[]): LoweringSite {
    const { opsetOf, weights } = this.#options;
    const input = (index: number) => node.inputs[index] ?? "";
    const stored = (index: number) => {
      const found = meant(input(index), constants);
      if (typeof found !== "string") return found;
      return found !== "" && weights?.has(found) ? weights.weight(found) : undefined;
    };
    const addAll: LoweringSite["addAll"] = (op, inputs, count, attributes = {}) => {
      const outputs = Array.from({ length: count }, () => this.#name(node));
      const { name } = node;
      const added: Node = { op, inputs, outputs, attributes, ...(name !== undefined && { name }) };
      this.opsets.set(added, opsetOf(node));
      made.push(added);
      return outputs;
    };
    const add: LoweringSite["add"] = (op, inputs, attributes, { opset } = {}) => {
      const [output] = addAll(op, inputs, 1, attributes);
      if (opset !== undefined) this.opsets.set(made.at(-1)!, opset);
      return output!;
    };
    return {
      node,
      input,
      stored,
      add,
      addAll,
      hasTensors: weights !== undefined,
      isRead: (index) => this.#read.has(node.outputs[index] ?? ""),
      integers: (values) => add("Constant", [], { value_ints: values }),
      numberLike(like, value) {
        const number = add("Constant", [], { value_float: { float: Math.fround(value) } });
        const tensor = stored(like);
        if (tensor !== undefined && (tensor.type ?? "float32") === "float32") return number;
        return add("CastLike", [number, input(like)]);
      },
      keep: (tensor) => {
        const name = this.#name(node);
        return weights?.add(name, tensor) ?? name;
      },
    };
  }

  /** The nodes under the names that the node's outputs have. Graphs within them read none of these. */
  #renamed(node: Node, made: readonly Node[], lowered: readonly string[]): readonly Node[] {
    const outputs = new Map<string, string>();
    const behind: Node[] = [];
    const own = new Set(made.flatMap((one) => one.outputs));
    for (const [i, output] of node.outputs.entries()) {
      const name = lowered[i] ?? "";
      if (output === "" || name === "") continue;
      if (own.has(name) && !outputs.has(name)) outputs.set(name, output);
      else behind.push({ op: "Identity", inputs: [outputs.get(name) ?? name], outputs: [output], attributes: {} });
    }
    const named = (name: string) => outputs.get(name) ?? name;
    const all = made.map((one): Node => {
      const renamed = { ...one, inputs: one.inputs.map(named), outputs: one.outputs.map(named) };
      this.opsets.set(renamed, this.opsets.get(one)!);
      return renamed;
    });
    return [...all, ...behind];
  }

  #name({ outputs: [output = ""] }: Node): string {
    let name: string;
    do name = `${output}/${++this.#fresh}`;
    while (this.#used.has(name));
    this.#used.add(name);
    return name;
  }

  #addNames({ inputs, outputs, nodes, tensors }: Subgraph): void {
    for (const { name } of inputs) this.#used.add(name);
    for (const name of Object.keys(tensors)) this.#used.add(name);
    for (const { name } of outputs) this.#read.add(name);
    for (const node of nodes) {
      for (const name of node.inputs) if (name !== "") this.#read.add(name);
      for (const name of [...node.inputs, ...node.outputs]) this.#used.add(name);
      for (const graph of subgraphsOf(node)) this.#addNames(graph);
    }
  }
}

function meant(name: string, constants: Constants): StoredTensor | string | undefined {
  return constants.has(name) ? constants.get(name) : name;
}

/** The tensor that a node gives another name, as it is. */
function constantOf({ op, inputs, attributes }: Node, constants: Constants): StoredTensor | string | undefined {
  if (op === "Identity") return meant(inputs[0] ?? "", constants);
  const { value } = attributes;
  if (op !== "Constant" || typeof value !== "object") return undefined;
  if ("tensorName" in value) return value.tensorName;
  return "tensor" in value ? value.tensor : undefined;
}

function loweringOf({ op, domain = "" }: Node): Lowering | undefined {
  const lowerings = Object.hasOwn(LOWERINGS, domain) ? LOWERINGS[domain]! : {};
  return Object.hasOwn(lowerings, op) ? lowerings[op] : undefined;
}

function hasLowered(nodes: readonly Node[]): boolean {
  return nodes.some(
    (node) =>
      node.domain === BLOCKED ||
      loweringOf(node) !== undefined ||
      subgraphsOf(node).some((graph) => hasLowered(graph.nodes)),
  );
}
