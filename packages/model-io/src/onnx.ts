import { FormatError } from "@deep-compression/bits";
import {
  assertGraph,
  assertNetwork,
  type Graph,
  type Network,
  type Node,
  type Tensor,
  type ValueInfo,
} from "@deep-compression/network";
import { PbfReader, PbfWriter } from "pbf";
import { constantTensor } from "./onnx-constants";
import { isDefaultDomain, readNode, writeNode } from "./onnx-node";
import { readTensor, writeTensor } from "./onnx-tensor";
import { readValue, writeValue } from "./onnx-value";
import { plainBytes } from "./plain-bytes";
import { eachField, type Field, protobufError, readInt, readMessage, readText } from "./protobuf";

/** Fields of ONNX's ModelProto, OperatorSetIdProto, StringStringEntryProto and GraphProto (onnx.proto). */
const MODEL_FIELD = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadata: 14, functions: 25 } as const;
const OPSET_FIELD = { domain: 1, version: 2 } as const;
const ENTRY_FIELD = { key: 1, value: 2 } as const;
const GRAPH_FIELD = { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const;

/** ONNX demands a name of every graph; a graph without one is written under this name, and read as nameless. */
const NAMELESS = "network";

/** Bytes set aside for all but the weights; the writer grows if they are not enough. */
const ROOM_FOR_GRAPH = 16_384;

/** The IR version that came with an operator set (ONNX's docs/Versioning.md); no newer than a model needs. */
function irVersionOf(opset: number): number {
  if (opset >= 21) return 10;
  return opset >= 19 ? 9 : 8;
}

interface GraphParts {
  name: string;
  readonly nodes: Node[];
  readonly tensors: Tensor[];
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
}

/**
 * Reads an ONNX model: one graph of operators of the default domain, its weights inside the file. Constant nodes become
 * tensors; inputs that only declare an initializer are dropped; documentation and value_info are not kept.
 *
 * @throws FormatError with the byte offset for anything else
 */
export function readOnnx(bytes: Uint8Array): Network {
  const pbf = new PbfReader(plainBytes(bytes));
  let opset: number | undefined;
  let parts: GraphParts | undefined;
  let graphAt = 0;
  const metadata = new Map<string, string>();
  eachField(pbf, bytes.length, (field) => {
    if (field.number === MODEL_FIELD.graph) {
      parts = readGraphParts(pbf, field);
      graphAt = field.start;
    } else if (field.number === MODEL_FIELD.opsetImport) opset = readOpset(pbf, field) ?? opset;
    else if (field.number === MODEL_FIELD.metadata) readEntry(pbf, field, metadata);
    else if (field.number === MODEL_FIELD.functions) {
      throw protobufError("unsupported", "functions of the model's own are not supported", field.start);
    }
  });
  if (!parts) throw protobufError("truncated", "the model has no graph", bytes.length);
  if (opset === undefined) throw protobufError("out-of-range", "the model names no operator set", bytes.length);
  const network = networkOf(parts, opset, graphAt);
  return metadata.size === 0 ? network : { ...network, metadata: Object.fromEntries(metadata) };
}

/**
 * Writes an ONNX model with its weights inside.
 *
 * @throws TypeError if the network has no graph; as assertNetwork if it is not whole
 */
export function writeOnnx(network: Network): Uint8Array {
  const { graph, tensors, metadata = {} } = network;
  if (!graph) throw new TypeError("network.graph: expected a graph, got none; see attachArchitecture");
  assertNetwork(network);
  // Room for the weights at once: grown by doubling, a large model would be held twice over.
  const weightBytes = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
  const pbf = new PbfWriter(new Uint8Array(weightBytes + ROOM_FOR_GRAPH));
  pbf.writeVarintField(MODEL_FIELD.irVersion, irVersionOf(graph.opset));
  pbf.writeStringField(MODEL_FIELD.producerName, "deep-compression");
  pbf.writeMessage(
    MODEL_FIELD.opsetImport,
    (version: number, opset) => opset.writeVarintField(OPSET_FIELD.version, version),
    graph.opset,
  );
  pbf.writeMessage(MODEL_FIELD.graph, writeGraph, { graph, tensors });
  for (const entry of Object.entries(metadata)) pbf.writeMessage(MODEL_FIELD.metadata, writeEntry, entry);
  return pbf.finish();
}

function readGraphParts(pbf: PbfReader, at: Field): GraphParts {
  const parts: GraphParts = { name: "", nodes: [], tensors: [], inputs: [], outputs: [] };
  readMessage(pbf, at, (field) => {
    if (field.number === GRAPH_FIELD.node) {
      const node = readNode(pbf, field);
      const constant = constantTensor(node, field.start);
      if (constant) parts.tensors.push(constant);
      else parts.nodes.push(node);
    } else if (field.number === GRAPH_FIELD.initializer) parts.tensors.push(readTensor(pbf, field));
    else if (field.number === GRAPH_FIELD.name) parts.name = readText(pbf, field);
    else if (field.number === GRAPH_FIELD.input) parts.inputs.push(readValue(pbf, field));
    else if (field.number === GRAPH_FIELD.output) parts.outputs.push(readValue(pbf, field));
    else if (field.number === GRAPH_FIELD.sparseInitializer) {
      throw protobufError("unsupported", "sparse initializers are not supported", field.start);
    }
  });
  return parts;
}

function networkOf(parts: GraphParts, opset: number, offset: number): Network {
  const { tensors, nodes, outputs, name } = parts;
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
  let [domain, version] = ["", 0];
  readMessage(pbf, at, (field) => {
    if (field.number === OPSET_FIELD.domain) domain = readText(pbf, field);
    else if (field.number === OPSET_FIELD.version) version = readInt(pbf, field);
  });
  if (!isDefaultDomain(domain)) return undefined;
  if (version < 1) throw protobufError("out-of-range", `operator set ${version}`, at.start);
  return version;
}

function readEntry(pbf: PbfReader, at: Field, metadata: Map<string, string>): void {
  let [key, value] = ["", ""];
  readMessage(pbf, at, (field) => {
    if (field.number === ENTRY_FIELD.key) key = readText(pbf, field);
    else if (field.number === ENTRY_FIELD.value) value = readText(pbf, field);
  });
  if (metadata.has(key)) throw protobufError("duplicate-name", `metadata "${key}" twice`, at.start);
  metadata.set(key, value);
}

function writeGraph(
  { graph, tensors }: { readonly graph: Graph; readonly tensors: readonly Tensor[] },
  pbf: PbfWriter,
): void {
  for (const node of graph.nodes) pbf.writeMessage(GRAPH_FIELD.node, writeNode, node);
  pbf.writeStringField(GRAPH_FIELD.name, graph.name ?? NAMELESS);
  for (const tensor of tensors) pbf.writeMessage(GRAPH_FIELD.initializer, writeTensor, tensor);
  for (const input of graph.inputs) pbf.writeMessage(GRAPH_FIELD.input, writeValue, input);
  for (const output of graph.outputs) pbf.writeMessage(GRAPH_FIELD.output, writeValue, output);
}

function writeEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(ENTRY_FIELD.key, key);
  pbf.writeStringField(ENTRY_FIELD.value, value);
}
