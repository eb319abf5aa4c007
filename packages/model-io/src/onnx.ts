import { FormatError } from "@deep-compression/bits";
import { assertGraph, assertNetwork, type Graph, type Network, type Tensor } from "@deep-compression/network";
import { PbfReader, PbfWriter } from "pbf";
import { plainBytes } from "./file-bytes";
import { constantTensor, isDefaultDomain, readNode, writeNode } from "./onnx-node";
import { readTensor, writeTensor } from "./onnx-tensor";
import { readValue, writeValue } from "./onnx-value";
import { type Field, protobufError, readInt, readText } from "./protobuf";
import { each, located, message, one, readFields, refused, type Values } from "./protobuf-message";

/** Fields of ONNX's OperatorSetIdProto, StringStringEntryProto, GraphProto and ModelProto (onnx.proto). */
const OPSET = { domain: one(1, readText, ""), version: one(2, readInt, 0) };
const ENTRY = { key: one(1, readText, ""), value: one(2, readText, "") };
const GRAPH = {
  nodes: each(1, located(readNode)),
  name: one(2, readText, ""),
  tensors: each(5, located(readTensor)),
  inputs: each(11, readValue),
  outputs: each(12, readValue),
  sparse: refused(15, "sparse initializers are not supported"),
};
const MODEL = {
  graph: one(7, located(message(GRAPH)), undefined),
  opsets: each(8, readOpset),
  metadata: each(14, located(message(ENTRY))),
  functions: refused(25, "functions of the model's own are not supported"),
};
/** Fields of ModelProto that are written only. */
const [IR_VERSION, PRODUCER_NAME] = [1, 2];

/** ONNX demands a name of every graph; a graph without one is written under this name, and read as nameless. */
const NAMELESS = "network";

/** Bytes set aside for all but the weights; the writer grows if they are not enough. */
const ROOM_FOR_GRAPH = 16_384;

/** The IR version that came with an operator set (ONNX's docs/Versioning.md); no newer than a model needs. */
function irVersionOf(opset: number): number {
  if (opset >= 21) return 10;
  return opset >= 19 ? 9 : 8;
}

/**
 * Reads an ONNX model: one graph of operators of the default domain, its weights inside the file. Constant nodes become
 * tensors; inputs that only declare an initializer are dropped; documentation and value_info are not kept.
 *
 * @throws FormatError with the byte offset for anything else
 */
export function readOnnx(bytes: Uint8Array): Network {
  const pbf = new PbfReader(plainBytes(bytes));
  const { graph, opsets, metadata } = readFields(pbf, bytes.length, MODEL);
  if (!graph) throw protobufError("truncated", "the model has no graph", bytes.length);
  const opset = opsets.findLast((version) => version !== undefined);
  if (opset === undefined) throw protobufError("out-of-range", "the model names no operator set", bytes.length);
  const entries = new Map<string, string>();
  for (const { value: entry, offset } of metadata) {
    const { key, value } = entry;
    if (entries.has(key)) throw protobufError("duplicate-name", `metadata "${key}" twice`, offset);
    entries.set(key, value);
  }
  const network = networkOf(graph.value, opset, graph.offset);
  return entries.size === 0 ? network : { ...network, metadata: Object.fromEntries(entries) };
}

/** Writes an ONNX model with its weights inside. @throws TypeError if the network has no graph; as assertNetwork */
export function writeOnnx(network: Network): Uint8Array {
  const { graph, tensors, metadata = {} } = network;
  if (!graph) throw new TypeError("network.graph: expected a graph, got none; see attachArchitecture");
  assertNetwork(network);
  // Room for the weights at once: grown by doubling, a large model would be held twice over.
  const weightBytes = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
  const pbf = new PbfWriter(new Uint8Array(weightBytes + ROOM_FOR_GRAPH));
  pbf.writeVarintField(IR_VERSION, irVersionOf(graph.opset));
  pbf.writeStringField(PRODUCER_NAME, "deep-compression");
  pbf.writeMessage(
    MODEL.opsets.number,
    (version: number, opset) => opset.writeVarintField(OPSET.version.number, version),
    graph.opset,
  );
  pbf.writeMessage(MODEL.graph.number, writeGraph, { graph, tensors });
  for (const entry of Object.entries(metadata)) pbf.writeMessage(MODEL.metadata.number, writeEntry, entry);
  return pbf.finish();
}

function networkOf(parts: Values<typeof GRAPH>, opset: number, offset: number): Network {
  const { name, outputs } = parts;
  const nodes = parts.nodes.map(({ value }) => value).filter(({ op }) => op !== "Constant");
  const constants = parts.nodes.filter(({ value }) => value.op === "Constant");
  const made = constants.map(({ value, offset }) => ({ value: constantTensor(value, offset), offset }));
  const tensors = [...made, ...parts.tensors].sort((a, b) => a.offset - b.offset).map(({ value }) => value);
  const names = new Set<string>();
  for (const tensor of tensors) {
    if (tensor.name === "") throw protobufError("out-of-range", "an initializer has no name", offset);
    if (names.has(tensor.name)) {
      throw protobufError("duplicate-name", `two tensors are named "${tensor.name}"`, offset);
    }
    names.add(tensor.name);
  }
  // Before IR version 4 every initializer was declared as an input too.
  const inputs = parts.inputs.filter((input) => !names.has(input.name));
  const named = name === "" || name === NAMELESS ? {} : { name };
  const graph: Graph = { ...named, opset, inputs, outputs, nodes };
  try {
    assertGraph(graph, names);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("out-of-range", `ONNX: ${message}`, { offset, cause });
  }
  return { graph, tensors };
}

/** The version of the default domain's operators; undefined if this entry is about another domain. */
function readOpset(pbf: PbfReader, at: Field): number | undefined {
  const { domain, version } = message(OPSET)(pbf, at);
  if (!isDefaultDomain(domain)) return undefined;
  if (version < 1) throw protobufError("out-of-range", `operator set ${version}`, at.start);
  return version;
}

function writeGraph(
  { graph, tensors }: { readonly graph: Graph; readonly tensors: readonly Tensor[] },
  pbf: PbfWriter,
): void {
  for (const node of graph.nodes) pbf.writeMessage(GRAPH.nodes.number, writeNode, node);
  pbf.writeStringField(GRAPH.name.number, graph.name ?? NAMELESS);
  for (const tensor of tensors) pbf.writeMessage(GRAPH.tensors.number, writeTensor, tensor);
  for (const input of graph.inputs) pbf.writeMessage(GRAPH.inputs.number, writeValue, input);
  for (const output of graph.outputs) pbf.writeMessage(GRAPH.outputs.number, writeValue, output);
}

function writeEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(ENTRY.key.number, key);
  pbf.writeStringField(ENTRY.value.number, value);
}
