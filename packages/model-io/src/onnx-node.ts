import type { Attribute, Node } from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { readTensor, writeTensor } from "./onnx-tensor";
import { type Field, protobufError, readFixed, readFloat, readInt, readInts, readMessage, readText } from "./protobuf";

/** Fields of ONNX's NodeProto. */
const nodeField = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;

/** Fields of AttributeProto. */
const attributeField = {
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
const attributeType = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** The name by which ONNX itself also calls its default domain. */
const defaultDomain = "ai.onnx";

export function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === defaultDomain;
}

/** Reads a NodeProto. @throws FormatError for an operator of another domain or a subgraph */
export function readNode(pbf: PbfReader, at: Field): Node {
  let [name, op, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  readMessage(pbf, at, (field) => {
    if (field.number === nodeField.input) inputs.push(readText(pbf, field));
    else if (field.number === nodeField.output) outputs.push(readText(pbf, field));
    else if (field.number === nodeField.name) name = readText(pbf, field);
    else if (field.number === nodeField.opType) op = readText(pbf, field);
    else if (field.number === nodeField.domain) domain = readText(pbf, field);
    else if (field.number === nodeField.attribute) addAttribute(pbf, field, attributes);
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
    if (field.number === attributeField.name) name = readText(pbf, field);
    else if (field.number === attributeField.type) type = readInt(pbf, field);
    else if (field.number === attributeField.f) float = readFloat(pbf, field);
    else if (field.number === attributeField.i) int = readInt(pbf, field);
    else if (field.number === attributeField.s) text = readText(pbf, field);
    else if (field.number === attributeField.t) value = { tensor: readTensor(pbf, field) };
    else if (field.number === attributeField.floats) addFloats(readFixed(pbf, field, 4), lists.floats);
    else if (field.number === attributeField.ints) readInts(pbf, field, lists.ints);
    else if (field.number === attributeField.strings) lists.strings.push(readText(pbf, field));
  });
  if (type === attributeType.int) value = int;
  else if (type === attributeType.float) value = { float };
  else if (type === attributeType.string) value = text;
  else if (type === attributeType.ints) value = lists.ints;
  else if (type === attributeType.floats) value = { floats: lists.floats };
  else if (type === attributeType.strings) value = { strings: lists.strings };
  else if (type !== attributeType.tensor) value = undefined;
  if (value !== undefined) return { name, value };
  const code = type === 0 ? "out-of-range" : "unsupported";
  throw protobufError(code, `attribute "${name}" of type ${type} is not supported`, at.start);
}

function addFloats(bytes: Uint8Array, values: number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 4) values.push(view.getFloat32(at, true));
}

export function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(nodeField.input, input);
  for (const output of node.outputs) pbf.writeStringField(nodeField.output, output);
  if (node.name !== undefined) pbf.writeStringField(nodeField.name, node.name);
  pbf.writeStringField(nodeField.opType, node.op);
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(nodeField.attribute, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(attributeField.name, name);
  const type = (code: number) => pbf.writeVarintField(attributeField.type, code);
  if (typeof value === "number") {
    pbf.writeVarintField(attributeField.i, value);
    type(attributeType.int);
  } else if (typeof value === "string") {
    pbf.writeStringField(attributeField.s, value);
    type(attributeType.string);
  } else if ("float" in value) {
    pbf.writeFloatField(attributeField.f, value.float);
    type(attributeType.float);
  } else if ("floats" in value) {
    for (const float of value.floats) pbf.writeFloatField(attributeField.floats, float);
    type(attributeType.floats);
  } else if ("strings" in value) {
    for (const text of value.strings) pbf.writeStringField(attributeField.strings, text);
    type(attributeType.strings);
  } else if ("tensor" in value) {
    pbf.writeMessage(attributeField.t, writeTensor, value.tensor);
    type(attributeType.tensor);
  } else {
    for (const int of value) pbf.writeVarintField(attributeField.ints, int);
    type(attributeType.ints);
  }
}
