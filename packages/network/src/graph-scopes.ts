import { quoted } from "@deep-compression/runtime";
import { type Attribute, type Graph, type GraphFunction, misfit, type Node, type Subgraph } from "./graph";

/** The values that nodes can take: those of a graph, and of the graphs around it. */
interface Scope {
  readonly own: Set<string>;
  readonly outer: Scope | undefined;
  /** Names of the network's tensors. */
  readonly tensors: ReadonlySet<string>;
}

/** @throws RangeError unless every name of a graph has one meaning and every value that is needed is there */
export function assertGraphScope(graph: Graph, tensors: ReadonlySet<string>): void {
  const scope: Scope = { own: new Set(tensors), outer: undefined, tensors };
  for (const { name } of graph.inputs) {
    if (scope.own.has(name)) throw new RangeError(`graph input ${quoted(name)} has the name of another value`);
    scope.own.add(name);
  }
  for (const name of graph.overridable ?? []) assertTensorKnown("graph.overridable", name, tensors);
  addNodes(graph.nodes, scope);
  for (const { name } of graph.outputs)
    if (!scope.own.has(name)) throw new RangeError(`graph output ${quoted(name)} is made by no node`);
}

/** A function sees nothing but its inputs and constants. @throws RangeError as {@link assertGraphScope} */
export function assertFunctionScope(own: GraphFunction, tensors: ReadonlySet<string>): void {
  const scope: Scope = { own: new Set(Object.keys(own.tensors)), outer: undefined, tensors };
  for (const [name, networkName] of Object.entries(own.tensors)) assertTensorKnown(quoted(name), networkName, tensors);
  for (const attribute of Object.values(own.defaults ?? {})) assertAttribute(attribute, scope);
  for (const name of own.inputs) addValue(scope, name, () => new RangeError(twice(own, name)));
  addNodes(own.nodes, scope);
  for (const name of own.outputs) {
    if (scope.own.has(name)) continue;
    throw new RangeError(`function ${quoted(own.name)}: output ${quoted(name)} is made by no node`);
  }
}

function twice(own: GraphFunction, name: string): string {
  return `function ${quoted(own.name)}: input ${quoted(name)} has the name of another value`;
}

function assertSubgraph(graph: Subgraph, outer: Scope): void {
  const scope: Scope = { own: new Set(Object.keys(graph.tensors)), outer, tensors: outer.tensors };
  for (const [name, networkName] of Object.entries(graph.tensors))
    assertTensorKnown(quoted(name), networkName, outer.tensors);
  const inputs = new Set<string>();
  for (const { name } of graph.inputs) {
    if (inputs.has(name)) throw new RangeError(`two inputs of a subgraph are named ${quoted(name)}`);
    inputs.add(name);
    scope.own.add(name); // an input with the name of a tensor has that for a default
  }
  addNodes(graph.nodes, scope);
  for (const { name } of graph.outputs)
    if (!isKnown(scope, name)) throw new RangeError(`output ${quoted(name)} of a subgraph is made by no node`);
}

function addNodes(nodes: readonly Node[], scope: Scope): void {
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input === "" || isKnown(scope, input)) continue;
      throw misfit(node, `input ${quoted(input)} is no tensor, graph input or earlier output`);
    }
    for (const attribute of Object.values(node.attributes)) assertAttribute(attribute, scope);
    for (const output of node.outputs) {
      if (output === "") continue;
      if (isKnown(scope, output)) throw misfit(node, `output ${quoted(output)} has the name of another value`);
      scope.own.add(output);
    }
  }
}

function assertAttribute(attribute: Attribute, scope: Scope): void {
  if (typeof attribute !== "object") return;
  if ("tensorName" in attribute) assertTensorKnown("attribute", attribute.tensorName, scope.tensors);
  else if ("graph" in attribute) assertSubgraph(attribute.graph, scope);
  else if ("graphs" in attribute) for (const graph of attribute.graphs) assertSubgraph(graph, scope);
}

function assertTensorKnown(what: string, name: string, tensors: ReadonlySet<string>): void {
  if (tensors.has(name)) return;
  throw new RangeError(`${what}: ${quoted(name)} is no tensor of the network`);
}

function addValue(scope: Scope, name: string, clash: () => RangeError): void {
  if (isKnown(scope, name)) throw clash();
  scope.own.add(name);
}

function isKnown(scope: Scope, name: string): boolean {
  for (let at: Scope | undefined = scope; at; at = at.outer) if (at.own.has(name)) return true;
  return false;
}
