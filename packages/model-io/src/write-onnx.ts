import { concatenated, elementCount } from "@deep-compression/bits";
import {
  assertGraph,
  assertNetwork,
  assertTensor,
  elementBytes,
  type Graph,
  type Network,
  type NetworkSource,
  type TensorSource,
  tensorBytes,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { checkDataName, MIN_DATA, RAW_DATA, writePlace } from "./external-place";
import { type Head, writtenModel } from "./onnx-model-writer";
import type { WrittenMessage } from "./protobuf-writer";

/** Most bytes of a protobuf message. */
const MAX_MODEL = 2 ** 31 - 1;
/** Large tensors begin at a page of that file, so that programs can map it (ONNX's docs/ExternalData.md). */
const [PAGE, MIN_ON_PAGE] = [4096, 2 ** 20];

/** A model whose tensors are in another file. */
export interface OnnxWithData {
  readonly model: Uint8Array;
  /** The other file, part by part: one tensor at a time is read. */
  readonly data: AsyncGenerator<Uint8Array, void, void>;
}

/**
 * Writes an ONNX model with its weights inside.
 *
 * @throws TypeError if the network has no graph; RangeError for what only the file of a model holds, and for more than the
 * 2^31 - 1 bytes of a protobuf message; as assertNetwork
 */
export function writeOnnx(network: Network): Uint8Array {
  const graph = graphOf(network);
  assertNetwork(network);
  const bytesOf = new Map(network.tensors.map(({ name, bytes }) => [name, bytes]));
  const model = wholeModel(graph, network);
  return concatenated(model.parts.map((part) => (part instanceof Uint8Array ? part : bytesOf.get(part.tensor)!)));
}

/** As {@link writeOnnx}, but part by part: one tensor at a time is read. @throws as writeOnnx */
export async function* writeOnnxParts(network: NetworkSource): AsyncGenerator<Uint8Array, void, void> {
  const graph = checkSources(network);
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  for (const part of wholeModel(graph, network).parts)
    yield part instanceof Uint8Array ? part : await readTensor(tensors.get(part.tensor)!);
}

/**
 * Writes an ONNX model of any size: tensors of 1,024 bytes and more go into a file of their own, in the same folder.
 *
 * @param options.dataName the name of that file
 * @throws RangeError for a name that is no path inside the folder, and as {@link writeOnnx}
 */
export async function writeOnnxWithData(
  network: NetworkSource,
  options: { readonly dataName: string },
): Promise<OnnxWithData> {
  const graph = checkSources(network);
  const dataName = checkDataName(options.dataName);
  const offsets = new Map<string, number>();
  const inside = new Map<string, Uint8Array>();
  let end = 0;
  for (const tensor of network.tensors) {
    const length = tensorBytes(tensor);
    if (length < MIN_DATA) {
      inside.set(tensor.name, await readTensor(tensor));
      continue;
    }
    const start = length < MIN_ON_PAGE ? end : Math.ceil(end / PAGE) * PAGE;
    offsets.set(tensor.name, start);
    end = start + length;
  }
  const model = writtenModel(graph, network, (writer, tensor) => {
    const offset = offsets.get(tensor.name);
    if (offset === undefined) writer.bytes(RAW_DATA, inside.get(tensor.name)!);
    else writePlace(writer, { location: dataName, offset: String(offset), length: String(tensorBytes(tensor)) });
  });
  return {
    model: concatenated(bounded(model).parts as readonly Uint8Array[]),
    data: dataParts(network.tensors, offsets),
  };
}

async function* dataParts(
  tensors: readonly TensorSource[],
  offsets: ReadonlyMap<string, number>,
): AsyncGenerator<Uint8Array, void, void> {
  let end = 0;
  for (const tensor of tensors) {
    const start = offsets.get(tensor.name);
    if (start === undefined) continue;
    if (start > end) yield new Uint8Array(start - end);
    const bytes = await readTensor(tensor);
    yield bytes;
    end = start + bytes.length;
  }
}

function wholeModel(graph: Graph, network: Pick<NetworkSource, "metadata"> & { readonly tensors: readonly Head[] }) {
  const model = writtenModel(graph, network, (writer, { name, type, shape }) => {
    writer.insertion(RAW_DATA, { tensor: name, byteLength: elementBytes(type, elementCount(shape)) });
  });
  return bounded(model);
}

function bounded(model: WrittenMessage): WrittenMessage {
  if (model.byteLength <= MAX_MODEL) return model;
  const most = `at most the ${MAX_MODEL} bytes of a protobuf message`;
  throw new RangeError(
    `network: expected ${most}, got ${model.byteLength}; writeOnnxWithData puts tensors into a file`,
  );
}

function graphOf({ graph }: Pick<NetworkSource, "graph">): Graph {
  if (graph) return graph;
  throw new TypeError("network.graph: expected a graph, got none; see attachArchitecture");
}

/** @throws TypeError, RangeError unless a network has a graph and tensors that fit it */
function checkSources(network: NetworkSource): Graph {
  const graph = graphOf(network);
  const names = new Set<string>();
  for (const tensor of network.tensors) {
    tensorBytes(tensor);
    if (names.has(tensor.name)) throw new RangeError(`two tensors are named ${quoted(tensor.name)}`);
    names.add(tensor.name);
  }
  assertGraph(graph, names);
  return graph;
}

async function readTensor(tensor: TensorSource): Promise<Uint8Array> {
  const bytes = await tensor.read();
  assertTensor({ ...tensor, bytes });
  return bytes;
}
