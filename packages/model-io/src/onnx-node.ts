import { type Attribute, floatTensor, type Node, type Tensor } from "@deep-compression/network";
import type { PbfReader, PbfWriter } from "pbf";
import { readTensor, writeTensor } from "./onnx-tensor";
import { type Field, protobufError, readFloat, readInt, readInts, readText } from "./protobuf";
import { all, each, fixed, located, message, one } from "./protobuf-message";

/** Fields of ONNX's NodeProto. */
const NODE = {
  inputs: each(1, readText),
  outputs: each(2, readText),
  name: one(3, readText, ""),
  op: one(4, readText, ""),
  attributes: each(5, located(readAttribute)),
  domain: one(7, readText, ""),
};

/** Fields of AttributeProto. */
const ATTRIBUTE = {
  name: one(1, readText, ""),
  float: one(2, readFloat, 0),
  int: one(3, readInt, 0),
  text: one(4, readText, ""),
  tensor: one(5, readTensor, undefined),
  floats: fixed(7, 4),
  ints: all(8, readInts),
  strings: each(9, readText),
  type: one(20, readInt, 0),
};

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
  const { inputs, outputs, name, op, domain, attributes } = message(NODE)(pbf, at);
  const values = new Map<string, Attribute>();
  for (const { value: attribute, offset } of attributes) {
    const { key, value } = attribute;
    if (values.has(key)) throw protobufError("duplicate-name", `two attributes are named "${key}"`, offset);
    values.set(key, value);
  }
  if (!isDefaultDomain(domain)) {
    throw protobufError("unsupported", `operator ${op} of domain "${domain}" is not supported`, at.start);
  }
  return { op, inputs, outputs, attributes: Object.fromEntries(values), ...(name === "" ? {} : { name }) };
}

function readAttribute(pbf: PbfReader, at: Field): { readonly key: string; readonly value: Attribute } {
  const { name, type, float, int, text, tensor, floats, ints, strings } = message(ATTRIBUTE)(pbf, at);
  const value = new Map<number, Attribute | undefined>([
    [ATTRIBUTE_TYPE.float, { float }],
    [ATTRIBUTE_TYPE.int, int],
    [ATTRIBUTE_TYPE.string, text],
    [ATTRIBUTE_TYPE.tensor, tensor && { tensor }],
    [ATTRIBUTE_TYPE.floats, { floats: floats.flatMap(floatsOf) }],
    [ATTRIBUTE_TYPE.ints, ints],
    [ATTRIBUTE_TYPE.strings, { strings }],
  ]).get(type);
  if (value !== undefined) return { key: name, value };
  const code = type === 0 ? "out-of-range" : "unsupported";
  throw protobufError(code, `attribute "${name}" of type ${type} is not supported`, at.start);
}

function floatsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Writes a NodeProto. */
export function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(NODE.inputs.number, input);
  for (const output of node.outputs) pbf.writeStringField(NODE.outputs.number, output);
  if (node.name !== undefined) pbf.writeStringField(NODE.name.number, node.name);
  pbf.writeStringField(NODE.op.number, node.op);
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(NODE.attributes.number, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(ATTRIBUTE.name.number, name);
  const type = (code: number) => pbf.writeVarintField(ATTRIBUTE.type.number, code);
  if (typeof value === "bigint") {
    throw new RangeError(`attribute "${name}": cannot be written yet`);
  } else if (typeof value === "number") {
    pbf.writeVarintField(ATTRIBUTE.int.number, value);
    type(ATTRIBUTE_TYPE.int);
  } else if (typeof value === "string") {
    pbf.writeStringField(ATTRIBUTE.text.number, value);
    type(ATTRIBUTE_TYPE.string);
  } else if ("float" in value) {
    pbf.writeFloatField(ATTRIBUTE.float.number, value.float);
    type(ATTRIBUTE_TYPE.float);
  } else if ("floats" in value) {
    for (const float of value.floats) pbf.writeFloatField(ATTRIBUTE.floats.number, float);
    type(ATTRIBUTE_TYPE.floats);
  } else if ("strings" in value) {
    for (const text of value.strings) pbf.writeStringField(ATTRIBUTE.strings.number, text);
    type(ATTRIBUTE_TYPE.strings);
  } else if ("tensor" in value) {
    pbf.writeMessage(ATTRIBUTE.tensor.number, writeTensor, value.tensor);
    type(ATTRIBUTE_TYPE.tensor);
  } else if ("length" in value) {
    for (const int of value) pbf.writeVarintField(ATTRIBUTE.ints.number, Number(int));
    type(ATTRIBUTE_TYPE.ints);
  } else throw new RangeError(`attribute "${name}": cannot be written yet`);
}

/** The tensor that a Constant node makes, under the name of its output. @throws FormatError "unsupported" if it makes none */
export function constantTensor(node: Node, offset: number): Tensor {
  const [name] = node.outputs;
  const [[kind, value] = ["nothing", 0]] = Object.entries(node.attributes);
  const tensor = name === undefined ? undefined : tensorOf(name, kind, value);
  if (tensor) return tensor;
  throw protobufError("unsupported", `Constant "${name}" of ${kind} is not supported`, offset);
}

function tensorOf(name: string, kind: string, value: Attribute): Tensor | undefined {
  if (typeof value === "number") return kind === "value_int" ? int64Tensor(name, [], [value]) : undefined;
  if (typeof value === "string" || typeof value === "bigint") return undefined;
  if ("tensor" in value) return kind === "value" ? { ...value.tensor, name } : undefined;
  if ("strings" in value) return undefined;
  if ("float" in value) return kind === "value_float" ? floatTensor(name, [], Float32Array.of(value.float)) : undefined;
  if ("length" in value) return kind === "value_ints" ? int64Tensor(name, [value.length], value) : undefined;
  if (!("floats" in value)) return undefined;
  const { floats } = value;
  return kind === "value_floats" ? floatTensor(name, [floats.length], Float32Array.from(floats)) : undefined;
}

function int64Tensor(name: string, shape: readonly number[], values: readonly (number | bigint)[]): Tensor {
  return { name, type: "int64", shape, bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}
