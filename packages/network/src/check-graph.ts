import { checkInteger, checkList, checkObject, checkText, describeValue } from "@deep-compression/runtime";
import { ELEMENT_TYPES } from "./element-types";
import type { Attribute, Graph, Node, ValueInfo } from "./graph";
import { assertTensor } from "./tensor";

/**
 * Checks that a graph has every member of its type, each of the right kind, and returns it. Whether its values have names
 * that are known is for `assertGraph`.
 *
 * @throws TypeError, RangeError that names the member
 */
export function checkGraph(graph: Graph): Graph {
  const { name, opset, inputs, outputs, nodes } = checkObject("graph", graph);
  if (name !== undefined) checkText("graph.name", name);
  checkInteger("graph.opset", opset);
  for (const [place, value] of entriesOf("graph.inputs", inputs)) checkValueInfo(place, value);
  for (const [place, value] of entriesOf("graph.outputs", outputs)) checkValueInfo(place, value);
  for (const [place, node] of entriesOf("graph.nodes", nodes)) checkNode(place, node);
  return graph;
}

function checkValueInfo(place: string, value: ValueInfo): void {
  const { name, type, shape } = checkObject(place, value);
  checkText(`${place}.name`, name);
  if (!Object.hasOwn(ELEMENT_TYPES, type)) {
    throw new TypeError(`${place}.type: expected an element type, got ${describeValue(type)}`);
  }
  for (const [dimension, size] of entriesOf(`${place}.shape`, shape)) {
    if (typeof size === "string") checkText(dimension, size);
    else checkInteger(dimension, size, { maximum: Number.MAX_SAFE_INTEGER - 1 });
  }
}

function checkNode(place: string, node: Node): void {
  const { op, inputs, outputs, attributes, name } = checkObject(place, node);
  checkText(`${place}.op`, op);
  if (name !== undefined) checkText(`${place}.name`, name);
  checkTexts(`${place}.inputs`, inputs);
  checkTexts(`${place}.outputs`, outputs);
  for (const [key, value] of Object.entries(checkObject(`${place}.attributes`, attributes))) {
    checkText(`${place}.attributes`, key);
    checkAttribute(`${place}.attributes.${key}`, value);
  }
}

function checkAttribute(place: string, value: Attribute): void {
  if (typeof value === "number") return;
  if (typeof value === "string") checkText(place, value);
  else if (Array.isArray(value)) checkNumbers(place, value);
  else checkWrapped(place, value as Exclude<typeof value, readonly number[]>);
}

function checkWrapped(place: string, value: Exclude<Attribute, number | string | readonly number[]>): void {
  const expected = "a number, a string, a list of numbers, or one of { float }, { floats }, { strings }, { tensor }";
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${place}: expected ${expected}, got ${describeValue(value)}`);
  }
  if ("float" in value) checkNumber(`${place}.float`, value.float);
  else if ("floats" in value) checkNumbers(`${place}.floats`, value.floats);
  else if ("strings" in value) checkTexts(`${place}.strings`, value.strings);
  else if ("tensor" in value) assertTensor(value.tensor);
  else throw new TypeError(`${place}: expected ${expected}, got an object of none of these members`);
}

function checkTexts(place: string, texts: readonly string[]): void {
  for (const [item, text] of entriesOf(place, texts)) checkText(item, text);
}

function checkNumbers(place: string, values: readonly number[]): void {
  for (const [item, value] of entriesOf(place, values)) {
    checkNumber(item, value);
  }
}

function checkNumber(place: string, value: number): void {
  if (typeof value !== "number") throw new TypeError(`${place}: expected a number, got ${describeValue(value)}`);
}

/** The items of a list, each with its place. */
function* entriesOf<T>(place: string, list: readonly T[]): Generator<readonly [string, T]> {
  checkList(place, list);
  for (let i = 0; i < list.length; i++) yield [`${place}[${i}]`, list[i]];
}
