import { FormatError } from "@deep-compression/bits";
import type { Attribute, ElementType } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { isObject, type JsonObject } from "../json-text";

/** A node of a TensorFlow graph as a model.json has it: GraphDef of protobuf as JSON. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Outputs that it takes; what must only run before it is left out. */
  readonly inputs: readonly OutputName[];
  readonly attributes: JsonObject;
}

/** An output of a node. */
export interface OutputName {
  readonly node: string;
  readonly output: number;
}

/** "name" and "name:0" are a node's first output, "name:2" its third. */
export function outputNamed(text: string): OutputName {
  const [, node = text, output = "0"] = /^(.*):(\d{1,6})$/.exec(text) ?? [];
  return { node, output: Number(output) };
}

/** The nodes of a graph by name. @throws FormatError for a list that is none, or two nodes of one name */
export function graphNodes(list: unknown): ReadonlyMap<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (const item of Array.isArray(list) ? list : []) {
    if (!isObject(item) || typeof item.name !== "string" || typeof item.op !== "string")
      throw invalid("a node of the topology has no name or no operator");
    const { name, op, input = [], attr } = item;
    if (!Array.isArray(input) || !input.every((one) => typeof one === "string"))
      throw invalid(`the inputs of the node ${quoted(name)} are no list of names`);
    if (nodes.has(name)) throw invalid(`two nodes of the topology are named ${quoted(name)}`);
    const inputs = input.filter((one) => !one.startsWith("^")).map(outputNamed);
    nodes.set(name, { name, op, inputs, attributes: isObject(attr) ? attr : {} });
  }
  return nodes;
}

/**
 * The nodes that some outputs need, each behind those that it takes from.
 *
 * @throws FormatError for an output that no node makes, and for a loop
 */
export function inOrder(nodes: ReadonlyMap<string, GraphNode>, outputs: readonly OutputName[]): readonly GraphNode[] {
  const ordered: GraphNode[] = [];
  const states = new Map<string, "begun" | "done">();
  const pending = outputs.map(({ node }) => node).reverse();
  while (pending.length > 0) {
    const name = pending.at(-1)!;
    const node = nodes.get(name);
    if (node === undefined) throw invalid(`the topology has no node ${quoted(name)}, which another takes from`);
    if (states.has(name)) {
      pending.pop();
      if (states.get(name) === "begun") ordered.push(node);
      states.set(name, "done");
      continue;
    }
    states.set(name, "begun");
    for (const { node: other } of [...node.inputs].reverse()) {
      if (states.get(other) === "begun") {
        const message = `its graph has a loop (${node.op} node ${quoted(name)}), which ONNX's graphs have not`;
        throw new FormatError("unsupported", message, { offset: 0 });
      }
      if (!states.has(other)) pending.push(other);
    }
  }
  return ordered;
}

/** Most inputs or outputs of a model. */
const MOST_ENDS = 1024;

/** @throws FormatError for more inputs or outputs than a model has */
export function checkEnds(count: number): void {
  if (count > MOST_ENDS) throw invalid(`${count} inputs or outputs, at most ${MOST_ENDS}`);
}

export function invalid(message: string): FormatError {
  return new FormatError("invalid-table", message, { offset: 0 });
}

/** TensorFlow's types as TensorFlow.js holds them: it has no others. */
const TYPES: Readonly<Record<string, ElementType>> = {
  DT_FLOAT: "float32",
  DT_HALF: "float32",
  DT_DOUBLE: "float32",
  DT_INT8: "int32",
  DT_INT16: "int32",
  DT_INT32: "int32",
  DT_INT64: "int32",
  DT_UINT8: "int32",
  DT_BOOL: "bool",
};
/** Numbers of the same in GraphDef, from 0 on. */
const TYPE_NUMBERS = [
  "",
  "DT_FLOAT",
  "DT_DOUBLE",
  "DT_INT32",
  "DT_UINT8",
  "DT_INT16",
  "DT_INT8",
  "",
  "",
  "DT_INT64",
  "DT_BOOL",
];

/** An attribute's type; undefined for one of no numbers, or that is not told. */
export function typeOf({ attributes }: GraphNode, name: string): ElementType | undefined {
  const value = attributes[name];
  const type = isObject(value) ? value.type : undefined;
  return TYPES[typeof type === "number" ? (TYPE_NUMBERS[type] ?? "") : String(type)];
}

/** An attribute's whole number, which JSON may have as a text. */
export function intOf({ attributes }: GraphNode, name: string, fallback: number): number {
  const value = attributes[name];
  const number = isObject(value) ? Number(value.i ?? fallback) : fallback;
  return Number.isSafeInteger(number) ? number : fallback;
}

export function intsOf({ attributes }: GraphNode, name: string): readonly number[] | undefined {
  const value = attributes[name];
  const list = isObject(value) && isObject(value.list) ? value.list.i : undefined;
  if (!Array.isArray(list)) return undefined;
  const numbers = list.map(Number);
  return numbers.every((number) => Number.isSafeInteger(number)) ? numbers : undefined;
}

export function floatOf({ attributes }: GraphNode, name: string, fallback: number): number {
  const value = attributes[name];
  const number = isObject(value) ? Number(value.f ?? fallback) : fallback;
  return Number.isFinite(number) ? number : fallback;
}

export function boolOf({ attributes }: GraphNode, name: string, fallback = false): boolean {
  const value = attributes[name];
  return isObject(value) && typeof value.b === "boolean" ? value.b : fallback;
}

/** An attribute's text: base64 of it, or its bytes. */
export function textOf({ attributes }: GraphNode, name: string, fallback: string): string {
  const value = attributes[name];
  return (isObject(value) ? decodedText(value.s) : undefined) ?? fallback;
}

export function textsOf({ attributes }: GraphNode, name: string): readonly string[] {
  const value = attributes[name];
  const list = isObject(value) && isObject(value.list) ? value.list.s : undefined;
  return Array.isArray(list) ? list.map((text) => decodedText(text) ?? "") : [];
}

function decodedText(text: unknown): string | undefined {
  if (Array.isArray(text)) return String.fromCharCode(...text.slice(0, 10_000).map(Number));
  if (typeof text !== "string") return undefined;
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

/** The shape that an attribute tells; sizes that are not known have the empty name. Undefined if not even their number is known. */
export function shapeOfAttribute(value: unknown): readonly (number | string)[] | undefined {
  const shape = isObject(value) && isObject(value.shape) ? value.shape : value;
  if (!isObject(shape) || shape.unknownRank === true) return undefined;
  const { dim = [] } = shape;
  if (!Array.isArray(dim)) return undefined;
  return dim.map((one) => {
    const size = isObject(one) ? Number(one.size ?? 0) : -1;
    return Number.isSafeInteger(size) && size >= 0 ? size : "";
  });
}

/** Attributes as far as ONNX has their like, for an operator that it has not. */
export function keptAttributes({ attributes }: GraphNode): Readonly<Record<string, Attribute>> {
  const kept: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!isObject(value)) continue;
    const text = decodedText(value.s);
    if (Number.isSafeInteger(Number(value.i ?? Number.NaN))) kept[name] = Number(value.i);
    else if (typeof value.b === "boolean") kept[name] = value.b ? 1 : 0;
    else if (typeof value.f === "number") kept[name] = { float: Math.fround(value.f) };
    else if (text !== undefined) kept[name] = text;
    else if (value.type !== undefined) kept[name] = String(value.type);
  }
  return kept;
}
