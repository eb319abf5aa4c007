import { checkInteger, checkList, checkObject, checkText, describeValue } from "@deep-compression/runtime";
import { ELEMENT_TYPES } from "./element-types";
import { type Attribute, type Graph, misfit, type Node, type ValueInfo } from "./graph";
import { assertTensor } from "./tensor";

/**
 * Checks a graph by itself and against the names of its tensors: every name has one meaning, and every value that a node
 * or an output needs is an input, a tensor, or made by an earlier node.
 *
 * @throws TypeError, RangeError that names the member, node or value at fault
 */
export function assertGraph(graph: Graph, tensorNames: Iterable<string>): void {
  const { inputs, outputs, nodes } = checkGraph(graph);
  const known = new Set(tensorNames);
  for (const { name } of inputs) {
    if (known.has(name)) throw new RangeError(`graph input "${name}" has the name of another value`);
    known.add(name);
  }
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input === "" || known.has(input)) continue;
      throw misfit(node, `input "${input}" is no tensor, graph input or earlier output`);
    }
    for (const output of node.outputs) {
      if (output === "") continue;
      if (known.has(output)) throw misfit(node, `output "${output}" has the name of another value`);
      known.add(output);
    }
  }
  for (const { name } of outputs)
    if (!known.has(name)) throw new RangeError(`graph output "${name}" is made by no node`);
}

/**
 * Checks that a graph has every member of its type, each of the right kind, and returns it. Whether its values have names
 * that are known is for {@link assertGraph}.
 *
 * @throws TypeError, RangeError that names the member
 */
export function checkGraph(graph: Graph): Graph {
  const { name, opset, inputs, outputs, nodes } = checkObject("graph", graph);
  if (name !== undefined) checkText("graph.name", name);
  checkInteger("graph.opset", opset);
  checkEach("graph.inputs", inputs, checkValueInfo);
  checkEach("graph.outputs", outputs, checkValueInfo);
  checkEach("graph.nodes", nodes, checkNode);
  return graph;
}

function checkValueInfo(place: string, value: ValueInfo): void {
  const { name, type, shape } = checkObject(place, value);
  checkText(`${place}.name`, name);
  if (type !== undefined && !Object.hasOwn(ELEMENT_TYPES, type)) {
    throw new TypeError(`${place}.type: expected an element type, got ${describeValue(type)}`);
  }
  if (shape === undefined) return;
  checkEach(`${place}.shape`, shape, (dimension, size) => {
    if (typeof size === "string") checkText(dimension, size);
    else checkInteger(dimension, size, { maximum: Number.MAX_SAFE_INTEGER - 1 });
  });
}

function checkNode(place: string, node: Node): void {
  const { op, inputs, outputs, attributes, name } = checkObject(place, node);
  checkText(`${place}.op`, op);
  if (name !== undefined) checkText(`${place}.name`, name);
  checkEach(`${place}.inputs`, inputs, checkText);
  checkEach(`${place}.outputs`, outputs, checkText);
  for (const [key, value] of Object.entries(checkObject(`${place}.attributes`, attributes))) {
    checkText(`${place}.attributes`, key);
    checkAttribute(`${place}.attributes.${key}`, value);
  }
}

function checkAttribute(place: string, value: Attribute): void {
  if (typeof value === "number") return;
  if (typeof value === "string") checkText(place, value);
  else if (Array.isArray(value)) checkEach(place, value, checkNumber);
  else checkWrapped(place, value as Exclude<typeof value, readonly number[]>);
}

function checkWrapped(place: string, value: Exclude<Attribute, number | string | readonly number[]>): void {
  const expected = "a number, a string, a list of numbers, or one of { float }, { floats }, { strings }, { tensor }";
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${place}: expected ${expected}, got ${describeValue(value)}`);
  }
  if ("float" in value) checkNumber(`${place}.float`, value.float);
  else if ("floats" in value) checkEach(`${place}.floats`, value.floats, checkNumber);
  else if ("strings" in value) checkEach(`${place}.strings`, value.strings, checkText);
  else if ("tensor" in value) assertTensor(value.tensor);
  else throw new TypeError(`${place}: expected ${expected}, got an object of none of these members`);
}

/** Of any value: an attribute may be infinite or no number. */
function checkNumber(place: string, value: number): void {
  if (typeof value !== "number") throw new TypeError(`${place}: expected a number, got ${describeValue(value)}`);
}

/** Calls `check` for each item of a list, with its place. @throws TypeError if it is none */
function checkEach<T>(place: string, list: readonly T[], check: (place: string, item: T) => void): void {
  for (const [i, item] of checkList(place, list).entries()) check(`${place}[${i}]`, item);
}
