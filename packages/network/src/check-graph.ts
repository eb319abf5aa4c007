import {
  checkInteger,
  checkList,
  checkObject,
  checkText,
  describeValue,
  quoted,
  shortened,
  shown,
} from "@deep-compression/runtime";
import { checkAttribute } from "./check-attribute";
import { ELEMENT_TYPES } from "./element-types";
import type { Attribute, Graph, GraphFunction, Node, Subgraph, ValueInfo } from "./graph";
import { assertFunctionScope, assertGraphScope } from "./graph-scopes";

/** Characters of the name of an attribute that a message has room for. */
const MAX_KEY = 80;
/** Characters of the place of a subgraph that a message has room for. */
const MAX_PLACE = 200;

/** Most subgraphs inside one another: protobuf reads no file with more. */
export const MAX_SUBGRAPH_DEPTH = 33;

/**
 * Checks a graph by itself and against the names of its tensors: every name has one meaning, and every value that a node
 * or an output needs is an input, a tensor, or made by an earlier node. A subgraph sees the values around it, and may
 * name its inputs and tensors as those are named; what its nodes make needs names of its own.
 *
 * @throws TypeError, RangeError that names the member, node or value at fault
 */
export function assertGraph(graph: Graph, tensorNames: Iterable<string>): void {
  const { functions = [] } = checkGraph(graph);
  const known = new Set(tensorNames);
  assertGraphScope(graph, known);
  for (const own of functions) assertFunctionScope(own, known);
}

/**
 * Checks that a graph has every member of its type, each of the right kind, and returns it. Whether its values have names
 * that are known is for {@link assertGraph}.
 *
 * @throws TypeError, RangeError that names the member
 */
export function checkGraph(graph: Graph): Graph {
  const {
    name,
    opset,
    domains = {},
    inputs,
    outputs,
    nodes,
    overridable = [],
    functions = [],
  } = checkObject("graph", graph);
  if (name !== undefined) checkText("graph.name", name);
  checkInteger("graph.opset", opset);
  checkDomains("graph.domains", domains);
  checkEach("graph.inputs", inputs, checkValueInfo);
  checkEach("graph.outputs", outputs, checkValueInfo);
  checkEach("graph.nodes", nodes, (place, node) => checkNode(place, node, 0));
  checkEach("graph.overridable", overridable, checkText);
  checkEach("graph.functions", functions, checkFunction);
  return graph;
}

function checkDomains(place: string, domains: Readonly<Record<string, number>>): void {
  for (const [domain, version] of Object.entries(checkObject(place, domains))) {
    checkText(`a key of ${place}`, domain);
    checkInteger(`${place}[${quoted(domain)}]`, version, { minimum: 1 });
  }
}

function checkFunction(place: string, own: GraphFunction): void {
  const {
    name,
    domain,
    overload = "",
    opset = 0,
    domains = {},
    inputs,
    outputs,
    nodes,
    tensors,
  } = checkObject(place, own);
  checkText(`${place}.name`, name);
  checkText(`${place}.domain`, domain);
  checkText(`${place}.overload`, overload);
  checkInteger(`${place}.opset`, opset);
  checkDomains(`${place}.domains`, domains);
  checkEach(`${place}.inputs`, inputs, checkText);
  checkEach(`${place}.outputs`, outputs, checkText);
  checkEach(`${place}.attributes`, own.attributes ?? [], checkText);
  checkAttributes(`${place}.defaults`, own.defaults ?? {}, 0);
  checkEach(`${place}.nodes`, nodes, (inner, node) => checkNode(inner, node, 0));
  checkTensors(`${place}.tensors`, tensors);
}

function checkSubgraph(place: string, graph: Subgraph, depth: number): void {
  const { name, inputs, outputs, nodes, tensors } = checkObject(place, graph);
  if (depth > MAX_SUBGRAPH_DEPTH) {
    throw new RangeError(`graph: expected at most ${MAX_SUBGRAPH_DEPTH} subgraphs inside one another, got more`);
  }
  if (name !== undefined) checkText(`${place}.name`, name);
  checkEach(`${place}.inputs`, inputs, checkValueInfo);
  checkEach(`${place}.outputs`, outputs, checkValueInfo);
  checkEach(`${place}.nodes`, nodes, (inner, node) => checkNode(inner, node, depth));
  checkTensors(`${place}.tensors`, tensors);
}

function checkTensors(place: string, tensors: Readonly<Record<string, string>>): void {
  for (const [name, networkName] of Object.entries(checkObject(place, tensors))) {
    checkText(`a key of ${place}`, name);
    checkText(`${place}[${quoted(name)}]`, networkName);
  }
}

function checkValueInfo(place: string, value: ValueInfo): void {
  const { name, type, shape } = checkObject(place, value);
  checkText(`${place}.name`, name);
  if (type !== undefined && !Object.hasOwn(ELEMENT_TYPES, type)) {
    throw new TypeError(`${place}.type: expected an element type, got ${describeValue(type)}`);
  }
  checkEach(`${place}.shape`, shape ?? [], (dimension, size) => {
    if (typeof size === "string") checkText(dimension, size);
    else checkInteger(dimension, size, { maximum: Number.MAX_SAFE_INTEGER - 1 });
  });
}

/** @param depth subgraphs around the node */
function checkNode(place: string, node: Node, depth: number): void {
  const { op, domain = "", overload = "", inputs, outputs, attributes, name } = checkObject(place, node);
  checkText(`${place}.op`, op);
  checkText(`${place}.domain`, domain);
  checkText(`${place}.overload`, overload);
  if (name !== undefined) checkText(`${place}.name`, name);
  checkEach(`${place}.inputs`, inputs, checkText);
  checkEach(`${place}.outputs`, outputs, checkText);
  checkAttributes(`${place}.attributes`, attributes, depth);
}

function checkAttributes(place: string, attributes: Readonly<Record<string, Attribute>>, depth: number): void {
  for (const [key, value] of Object.entries(checkObject(place, attributes))) {
    checkText(place, key);
    checkAttribute(`${place}.${shown(key, MAX_KEY)}`, value, (inner, graph) =>
      checkSubgraph(shortened(inner, MAX_PLACE), graph, depth + 1),
    );
  }
}

/** Calls `check` for each item of a list, with its place. @throws TypeError if it is none */
function checkEach<T>(place: string, list: readonly T[], check: (place: string, item: T) => void): void {
  for (const [i, item] of checkList(place, list).entries()) check(`${place}[${i}]`, item);
}
