import type { Attribute, Graph, GraphFunction, Node, Subgraph } from "./graph";
import { subgraphsIn } from "./subgraphs";
import { integerOperand, isUnknown, passedInputs, weightInputs } from "./weight-inputs";

/** A tensor, or what a node makes: found by its name in a scope, and told apart by itself. */
export interface Value {
  readonly uses: Use[];
  /** Whether it is made of tensors only, and so the same whatever the input. */
  readonly isConstant: boolean;
}

export type Use =
  /** `dequantized`: the operator takes it as integers with a scale and a zero point; `lookedUp`: the rows that it picks. */
  | { readonly weightOf: string; readonly dequantized?: true; readonly lookedUp?: Value }
  | { readonly other: string }
  /** By an operator of which it is not known what it does. */
  | { readonly unknown: string }
  | { readonly passedTo: Value; readonly dequantized?: true };

/** Names of a graph and of those around it. */
interface Scope {
  readonly names: Map<string, Value>;
  readonly around?: Scope;
}

/** What is the same in all the scopes of a model. */
interface Model {
  readonly tensors: ReadonlyMap<string, Value>;
  /** Inputs and outputs of functions by domain and name; several if they are overloaded. */
  readonly functions: ReadonlyMap<string, readonly FunctionEnds[]>;
}

/** A node where it stands, and what it makes. */
interface Occurrence {
  readonly node: Node;
  readonly outputs: readonly Value[];
  readonly scope: Scope;
  readonly model: Model;
}

interface FunctionEnds {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** A value whose uses are not known yet. */
export function newValue(kind: "constant" | "computed"): Value {
  return { uses: [], isConstant: kind === "constant" };
}

/** Notes every use of every value of a graph, its subgraphs and its functions. */
export function linkModel(graph: Graph, tensors: ReadonlyMap<string, Value>): void {
  const { functions = [] } = graph;
  const ends = new Map<string, FunctionEnds[]>();
  const bodies = functions.map((one) => {
    const scope = functionScope(one, tensors);
    const inputs = one.inputs.map((name) => valueNamed(scope, name));
    const outputs = one.outputs.map(() => newValue("computed"));
    const key = functionKey(one.domain, one.name);
    ends.set(key, [...(ends.get(key) ?? []), { inputs, outputs }]);
    return { ...one, scope, ends: outputs };
  });
  const model = { tensors, functions: ends };
  for (const { nodes, outputs, scope, ends: made } of bodies) {
    linkNodes(nodes, scope, model);
    for (const [i, name] of outputs.entries()) pass(valueNamed(scope, name), made[i]!);
  }
  const scope = { names: new Map(tensors) };
  for (const { name } of graph.inputs) if (!scope.names.has(name)) scope.names.set(name, newValue("computed"));
  linkNodes(graph.nodes, scope, model);
  for (const { name } of graph.outputs) valueNamed(scope, name).uses.push({ other: "output of the graph" });
}

function functionKey(domain: string, name: string): string {
  return `${domain === "ai.onnx" ? "" : domain}:${name}`;
}

/** A function sees its own constants and its inputs only. */
function functionScope({ inputs, tensors: own }: GraphFunction, tensors: ReadonlyMap<string, Value>): Scope {
  const names = new Map(inputs.map((name) => [name, newValue("computed")]));
  addTensors(names, own, tensors);
  return { names };
}

function addTensors(names: Map<string, Value>, own: Subgraph["tensors"], tensors: ReadonlyMap<string, Value>): void {
  for (const [local, name] of Object.entries(own)) names.set(local, tensors.get(name) ?? newValue("constant"));
}

/** The value of this name, of the innermost graph that has one. */
function valueNamed(scope: Scope, name: string): Value {
  for (let one: Scope | undefined = scope; one !== undefined; one = one.around) {
    const known = one.names.get(name);
    if (known !== undefined) return known;
  }
  const unknown = newValue("computed");
  scope.names.set(name, unknown);
  return unknown;
}

function pass(from: Value, to: Value): void {
  from.uses.push({ passedTo: to });
}

/** Notes what each node does with its inputs, in the order in which they run. */
function linkNodes(nodes: readonly Node[], scope: Scope, model: Model): void {
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : valueNamed(scope, name)));
    const kind = node.op === "Constant" || isRearranged(node, inputs) ? "constant" : "computed";
    const outputs = node.outputs.map(() => newValue(kind));
    for (const attribute of Object.values(node.attributes)) linkAttribute(attribute, { node, outputs, scope, model });
    linkInputs(node, { inputs, outputs, model });
    node.outputs.forEach((name, i) => {
      if (name !== "") scope.names.set(name, outputs[i]!);
    });
  }
}

/** Whether a node only puts constants in another shape, order or type. */
function isRearranged({ op, domain = "" }: Node, inputs: readonly (Value | undefined)[]): boolean {
  const passed = passedInputs(domain, op, inputs.length);
  return passed.length > 0 && passed.every((i) => inputs[i]?.isConstant);
}

function linkInputs(
  node: Node,
  context: {
    readonly inputs: readonly (Value | undefined)[];
    readonly outputs: readonly Value[];
    readonly model: Model;
  },
): void {
  const { op, domain = "" } = node;
  const { inputs, outputs, model } = context;
  const functions = model.functions.get(functionKey(domain, op));
  const weights = weightInputs(domain, op);
  const integers = integerOperand(domain, op)?.weight;
  const lookedUp = op === "Gather" && outputs[0] !== undefined ? { lookedUp: outputs[0] } : {};
  // What is put together with a computed value is no weight of whatever takes the two.
  const passed = passedInputs(domain, op, inputs.length);
  const passes = passed.length === 1 || passed.every((i) => inputs[i]?.isConstant) ? passed : [];
  for (const [i, value] of inputs.entries()) {
    if (value === undefined) continue;
    if (functions !== undefined) for (const body of functions) linkArgument(value, body.inputs[i], op);
    else if (weights.includes(i)) value.uses.push({ weightOf: op, ...lookedUp });
    else if (i === integers) value.uses.push({ weightOf: op, dequantized: true });
    else if (passes.includes(i)) {
      const dequantized = op === "DequantizeLinear" ? ({ dequantized: true } as const) : {};
      for (const output of outputs) value.uses.push({ passedTo: output, ...dequantized });
    } else if (isUnknown(domain)) value.uses.push({ unknown: op });
    else value.uses.push({ other: `operand of ${op}` });
  }
  for (const body of functions ?? []) {
    for (const [i, value] of outputs.entries()) if (body.outputs[i] !== undefined) pass(body.outputs[i], value);
  }
}

function linkArgument(value: Value, parameter: Value | undefined, op: string): void {
  if (parameter === undefined) value.uses.push({ other: `operand of ${op}` });
  else pass(value, parameter);
}

/** A constant's tensor, and the graphs that a node runs. */
function linkAttribute(attribute: Attribute, context: Occurrence): void {
  if (typeof attribute !== "object" || Array.isArray(attribute)) return;
  const { node, outputs, model } = context;
  if ("tensorName" in attribute) {
    const tensor = model.tensors.get(attribute.tensorName);
    if (node.op === "Constant" && outputs[0] !== undefined) tensor?.uses.push({ passedTo: outputs[0] });
    else tensor?.uses.push({ other: `attribute of ${node.op}` });
  }
  for (const graph of subgraphsIn(attribute)) linkSubgraph(graph, context);
}

/** A graph inside another sees its names; a branch of an If gives its outputs to the node's. */
function linkSubgraph({ inputs, outputs, nodes, tensors }: Subgraph, context: Occurrence): void {
  const { node, scope: around, model } = context;
  const names = new Map(inputs.map(({ name }) => [name, newValue("computed")]));
  addTensors(names, tensors, model.tensors);
  const scope = { names, around };
  linkNodes(nodes, scope, model);
  outputs.forEach(({ name }, i) => {
    const made = context.outputs[i];
    if (node.op === "If" && made !== undefined) pass(valueNamed(scope, name), made);
    else valueNamed(scope, name).uses.push({ other: `output of a graph in ${node.op}` });
  });
}
