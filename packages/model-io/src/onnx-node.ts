import type { Attribute, Node } from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { readTensor, writeTensor } from "./onnx-tensor";
import { type Field, protobufError, readFixed, readFloat, readInt, readInts, readMessage, readText } from "./protobuf";

/** Fields of ONNX's NodeProto. */
const NODE_FIELD = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;

/** Fields of AttributeProto. */
const ATTRIBUTE_FIELD = {
  name: 1,
  f: 2,
  i: 3,
  s: 4,
  t: 5,
  g: 6,
  floats: 7,
  ints: 8,
  strings: 9,
  type: 20,
  refName: 21,
} as const;

/** AttributeProto.AttributeType, of those that a node of ours can have. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** The name by which ONNX itself also calls its default domain. */
const DEFAULT_DOMAIN = "ai.onnx";

/** Whether a domain is that of ONNX's own operators. */
export function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === DEFAULT_DOMAIN;
}

/** Reads a NodeProto. @throws FormatError for an operator of another domain or a subgraph */
export function readNode(pbf: PbfReader, at: Field): Node {
  let [name, op, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  readMessage(pbf, at, (field) => {
    if (field.number === NODE_FIELD.input) inputs.push(readText(pbf, field));
    else if (field.number === NODE_FIELD.output) outputs.push(readText(pbf, field));
    else if (field.number === NODE_FIELD.name) name = readText(pbf, field);
    else if (field.number === NODE_FIELD.opType) op = readText(pbf, field);
    else if (field.number === NODE_FIELD.domain) domain = readText(pbf, field);
    else if (field.number === NODE_FIELD.attribute) addAttribute(pbf, field, attributes);
  });
  if (!isDefaultDomain(domain)) {
    throw protobufError("unsupported", `operator ${op} of domain "${domain}" is not supported`, at.start);
  }
  return { op, inputs, outputs, attributes: Object.fromEntries(attributes), ...(name === "" ? {} : { name }) };
}

function addAttribute(pbf: PbfReader, field: Field, attributes: Map<string, Attribute>): void {
  const { name, value } = readAttribute(pbf, field);
  if (attributes.has(name)) throw protobufError("duplicate-name", `two attributes are named "${name}"`, field.start);
  attributes.set(name, value);
}

function readAttribute(pbf: PbfReader, at: Field): { readonly name: string; readonly value: Attribute } {
  let [name, type, text, int, float] = ["", 0, "", 0, 0];
  const lists = { floats: [] as number[], ints: [] as number[], strings: [] as string[] };
  let value: Attribute | undefined;
  readMessage(pbf, at, (field) => {
    if (field.number === ATTRIBUTE_FIELD.name) name = readText(pbf, field);
    else if (field.number === ATTRIBUTE_FIELD.type) type = readInt(pbf, field);
    else if (field.number === ATTRIBUTE_FIELD.f) float = readFloat(pbf, field);
    else if (field.number === ATTRIBUTE_FIELD.i) int = readInt(pbf, field);
    else if (field.number === ATTRIBUTE_FIELD.s) text = readText(pbf, field);
    else if (field.number === ATTRIBUTE_FIELD.t) value = { tensor: readTensor(pbf, field) };
    else if (field.number === ATTRIBUTE_FIELD.floats) addFloats(readFixed(pbf, field, 4), lists.floats);
    else if (field.number === ATTRIBUTE_FIELD.ints) readInts(pbf, field, lists.ints);
    else if (field.number === ATTRIBUTE_FIELD.strings) lists.strings.push(readText(pbf, field));
  });
  if (type === ATTRIBUTE_TYPE.int) value = int;
  else if (type === ATTRIBUTE_TYPE.float) value = { float };
  else if (type === ATTRIBUTE_TYPE.string) value = text;
  else if (type === ATTRIBUTE_TYPE.ints) value = lists.ints;
  else if (type === ATTRIBUTE_TYPE.floats) value = { floats: lists.floats };
  else if (type === ATTRIBUTE_TYPE.strings) value = { strings: lists.strings };
  else if (type !== ATTRIBUTE_TYPE.tensor) value = undefined;
  if (value !== undefined) return { name, value };
  const code = type === 0 ? "out-of-range" : "unsupported";
  throw protobufError(code, `attribute "${name}" of type ${type} is not supported`, at.start);
}

function addFloats(bytes: Uint8Array, values: number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 4) values.push(view.getFloat32(at, true));
}

/** Writes a NodeProto. */
export function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(NODE_FIELD.input, input);
  for (const output of node.outputs) pbf.writeStringField(NODE_FIELD.output, output);
  if (node.name !== undefined) pbf.writeStringField(NODE_FIELD.name, node.name);
  pbf.writeStringField(NODE_FIELD.opType, node.op);
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(NODE_FIELD.attribute, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(ATTRIBUTE_FIELD.name, name);
  const type = (code: number) => pbf.writeVarintField(ATTRIBUTE_FIELD.type, code);
  if (typeof value === "number") {
    pbf.writeVarintField(ATTRIBUTE_FIELD.i, value);
    type(ATTRIBUTE_TYPE.int);
  } else if (typeof value === "string") {
    pbf.writeStringField(ATTRIBUTE_FIELD.s, value);
    type(ATTRIBUTE_TYPE.string);
  } else if ("float" in value) {
    pbf.writeFloatField(ATTRIBUTE_FIELD.f, value.float);
    type(ATTRIBUTE_TYPE.float);
  } else if ("floats" in value) {
    for (const float of value.floats) pbf.writeFloatField(ATTRIBUTE_FIELD.floats, float);
    type(ATTRIBUTE_TYPE.floats);
  } else if ("strings" in value) {
    for (const text of value.strings) pbf.writeStringField(ATTRIBUTE_FIELD.strings, text);
    type(ATTRIBUTE_TYPE.strings);
  } else if ("tensor" in value) {
    pbf.writeMessage(ATTRIBUTE_FIELD.t, writeTensor, value.tensor);
    type(ATTRIBUTE_TYPE.tensor);
  } else {
    for (const int of value) pbf.writeVarintField(ATTRIBUTE_FIELD.ints, int);
    type(ATTRIBUTE_TYPE.ints);
  }
}
