import {
  type Attribute,
  describeNode,
  misfit,
  type Node,
  type Subgraph,
  type ValueInfo,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { constantNamed, keptTensor, type Workshop } from "./constants";
import type { FusedNode } from "./fusion";
import type { Site } from "./operation";
import type { Program, Reading, Step } from "./program";
import type { Rearrange } from "./rearranged-weights";
import { inNode, madeOutput, runOperation } from "./run-program";
import { allocateValue, type HeapValue } from "./value";
import { type Binding, Names } from "./value-names";
import type { StoredTensor } from "./weight-source";

/** What graphs are compiled in. */
export interface CompilingWorkshop extends Workshop {
  /** Keeps weights that are rearranged as they are stored; undefined: they become values. */
  readonly rearrange: Rearrange | undefined;
}

/** A graph to compile. `tensors`: what its own tensors are called in the network; the main graph has none. */
export interface ProgramSource {
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, string>>;
}

/**
 * Compiles a graph and those within it. Nodes whose inputs are all constants are run at once.
 *
 * @throws TypeError, RangeError naming the node; FormatError for weights that do not decode
 */
export function compileProgram(source: ProgramSource, workshop: CompilingWorkshop): Program {
  return compileWithin(source, workshop, undefined);
}

function compileWithin(source: ProgramSource, workshop: CompilingWorkshop, outer: Names | undefined): Program {
  const names = new Names(source, outer);
  const inputSlots = source.inputs.map(({ name }) => names.newSlot(name));
  const read = namesRead(source);
  const drafts: Draft[] = [];
  const { fuse, operators, weights } = workshop;
  const { nodes, outputs: declared } = source;
  const scope = { operators, weights, outputs: declared, resolve: (name: string) => names.resolve(name) };
  const fused = fuse?.nodes(nodes, scope) ?? nodes.map((node) => ({ node, following: [] }));
  for (const node of fused) {
    const draft = draftOf(node, { names, workshop, read });
    if (draft !== undefined) drafts.push(draft);
  }
  const results = declared.map(({ name }) => {
    const binding = names.resolve(name);
    if ("tensor" in binding && outer === undefined && !workshop.weights.has(binding.tensor))
      throw new RangeError(`output ${quoted(name)}: expected a value made by a node, got none`);
    return readingOf(binding, workshop);
  });
  const steps = withEnds(drafts, results);
  const { slots, captures } = names;
  return { inputs: inputSlots.length, outputs: results.length, declared, slots, inputSlots, results, steps, captures };
}

interface Draft extends Omit<Step, "ends"> {
  /** Slots that graphs within the node read. */
  readonly captured: readonly number[];
}

interface Place {
  readonly names: Names;
  readonly workshop: CompilingWorkshop;
  /** Names that a node of the graph or of one within it reads, or that are its outputs. */
  readonly read: ReadonlySet<string>;
}

/** A node ready to run, or undefined if it was run at once or only gives something another name. */
function draftOf({ node, following }: FusedNode, { names, workshop, read }: Place): Draft | undefined {
  const bindings = node.inputs.map((name) => (name === "" ? undefined : names.resolve(name)));
  if (renames(node, read)) {
    const [first] = bindings;
    if (first !== undefined && !("slot" in first)) {
      names.bind(node.outputs[0]!, first);
      return undefined;
    }
  }
  const constant = namedConstant(node);
  if (constant !== undefined) {
    names.bind(node.outputs[0]!, { tensor: constant });
    return undefined;
  }
  const captured: number[] = [];
  const site: Site = {
    node,
    opset: workshop.opsetOf(node),
    kernels: workshop.kernels,
    team: workshop.team,
    following,
    finish: workshop.fuse?.finishOf,
    constant(index) {
      const binding = bindings[index];
      if (binding === undefined || "slot" in binding) return undefined;
      return readingOf(binding, workshop) as HeapValue;
    },
    stored(index): StoredTensor | undefined {
      const binding = bindings[index];
      return binding && "tensor" in binding ? workshop.weights.weight(binding.tensor) : undefined;
    },
    isRead: (output) => read.has(node.outputs[output] ?? ""),
    graph(attribute) {
      const graph = subgraphAt(node, attribute);
      const program = compileWithin(graph, workshop, names);
      captured.push(...program.captures.map(({ outer }) => outer));
      return program;
    },
    tensor(name) {
      const attribute = attributeNamed(node, name);
      if (typeof attribute !== "object") return undefined;
      if ("tensorName" in attribute) return constantNamed(workshop, attribute.tensorName);
      return "tensor" in attribute ? inNode(node, () => keptTensor(workshop, name, attribute.tensor)) : undefined;
    },
    keep: (type, shape) => inNode(node, () => allocateValue(workshop.heap, type, shape)),
  };
  const operator = workshop.operators[node.op];
  if (operator === undefined) throw misfit(node, "the operator is not known");
  const operation = operator(site);
  for (const layout of operation.layouts ?? []) {
    workshop.layers.push({ node, ...layout });
    workshop.weightBytes += layout.bytes;
  }
  const rearranged = rearrangedBy({ node, operation, bindings }, workshop);
  if (rearranged !== undefined) {
    names.bind(node.outputs[0]!, { tensor: rearranged });
    return undefined;
  }
  const inputs = bindings.map((binding, index) =>
    binding === undefined || operation.consumed?.includes(index) ? undefined : readingOf(binding, workshop),
  );
  if (isConstant({ inputs, captured, operation })) {
    const { values, taken } = runOperation({ node, operation }, inputs as readonly HeapValue[], workshop);
    for (const [index, name] of node.outputs.entries()) {
      if (!read.has(name)) continue;
      const value = madeOutput(node, values, index);
      value.block.uses = Number.POSITIVE_INFINITY;
      names.bind(name, { constant: value });
    }
    for (const block of taken) if (block.uses === 0) workshop.heap.free(block);
    return undefined;
  }
  const outputs = node.outputs.map((name) => (read.has(name) ? names.newSlot(name) : -1));
  return { node, operation, inputs, outputs, captured };
}

/** The name of the weight that a node rearranges its first input to; undefined where it does anything else. */
function rearrangedBy(
  {
    node,
    operation,
    bindings,
  }: Pick<Draft, "node" | "operation"> & { readonly bindings: readonly (Binding | undefined)[] },
  workshop: CompilingWorkshop,
): string | undefined {
  const { rearrange, weights } = workshop;
  const [first, ...more] = bindings;
  if (rearrange === undefined || first === undefined || !("tensor" in first)) return undefined;
  if (more.some((binding) => binding !== undefined && "slot" in binding)) return undefined;
  const weight = weights.weight(first.tensor);
  if (!("stored" in weight)) return undefined;
  const others = more.map((binding) => binding && (readingOf(binding, workshop) as HeapValue));
  const found = rearrange({ node, operation, weight, others }, workshop);
  return found && weights.add(node.outputs[0]!, found);
}

/** Whether a node only gives its input another name, so that a weight stays as it is stored. */
function renames({ op, outputs }: Node, read: ReadonlySet<string>): boolean {
  const [, mask = ""] = outputs;
  return op === "Identity" || (op === "Dropout" && !read.has(mask));
}

function isConstant({ inputs, captured, operation }: Pick<Draft, "inputs" | "captured" | "operation">): boolean {
  if (captured.length > 0 || operation.isRandom || operation.consumed?.length) return false;
  return inputs.every((reading) => typeof reading !== "number");
}

function readingOf(binding: Binding, workshop: Workshop): Reading {
  if ("slot" in binding) return binding.slot;
  return "constant" in binding ? binding.constant : constantNamed(workshop, binding.tensor);
}

/** The tensor of the network that a Constant gives another name, so that it stays as it is stored. */
function namedConstant({ op, attributes }: Node): string | undefined {
  const { value } = attributes;
  return op === "Constant" && typeof value === "object" && "tensorName" in value ? value.tensorName : undefined;
}

function attributeNamed({ attributes }: Node, name: string): Attribute | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function subgraphAt(node: Node, name: string): Subgraph {
  const attribute = attributeNamed(node, name);
  if (typeof attribute === "object" && "graph" in attribute) return attribute.graph;
  throw new TypeError(`${describeNode(node)}: attribute ${quoted(name)} expected a graph`);
}

/** The names that a graph reads, with those within it. */
function namesRead(
  { nodes, outputs }: Pick<ProgramSource, "nodes" | "outputs">,
  read = new Set<string>(),
): Set<string> {
  for (const { name } of outputs) read.add(name);
  for (const node of nodes) {
    for (const name of node.inputs) if (name !== "") read.add(name);
    for (const attribute of Object.values(node.attributes))
      if (typeof attribute === "object" && "graph" in attribute) namesRead(attribute.graph, read);
  }
  return read;
}

/** The steps, each with the slots whose last reader it is, or that nothing reads after it. */
function withEnds(drafts: readonly Draft[], results: readonly Reading[]): readonly Step[] {
  const done = new Set<Reading>(results);
  const steps: Step[] = [];
  for (const { captured, ...draft } of [...drafts].reverse()) {
    const touched = [...draft.inputs, ...captured, ...draft.outputs].filter(
      (reading): reading is number => typeof reading === "number" && reading >= 0,
    );
    const ends = [...new Set(touched)].filter((slot) => !done.has(slot));
    for (const slot of ends) done.add(slot);
    steps.push({ ...draft, ends });
  }
  return steps.reverse();
}
