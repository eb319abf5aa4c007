import { FormatError } from "@deep-compression/bits";
import type { Network, Tensor } from "@deep-compression/network";
import { plainBytes } from "./file-bytes";
import { assertLength, decodeElements, type TensorHead } from "./onnx-elements";
import { graphOf } from "./onnx-graph";
import type { TensorProto } from "./onnx-messages";
import { metadataOf, readModelProto } from "./onnx-model";
import { findTensors } from "./onnx-tensors";
import { protobufError } from "./protobuf";
import { protobufReader } from "./protobuf-message";
import { wholeFile } from "./sparse-bytes";

const EXTERNAL_DATA =
  "the weights are in another file (external data): open the model with its folder, or save it with its weights inside the file";

/**
 * Reads an ONNX model whose weights are inside the file. Constant nodes of numbers become tensors; inputs that only declare
 * an initializer are dropped; documentation and value_info are not kept.
 *
 * @throws FormatError with the byte offset for what cannot be understood
 */
export function readOnnx(bytes: Uint8Array): Network {
  const plain = plainBytes(bytes);
  const reader = protobufReader(wholeFile(plain));
  const model = readModelProto(reader, plain.length);
  const found = findTensors(model, reader);
  const known = new Map(found.known);
  const placed: { readonly tensor: Tensor; readonly start: number }[] = [];
  for (const [proto, candidate] of found.known) {
    if (candidate.kind !== "tensor") continue;
    const { name, head } = candidate;
    if (!head.elements) throw protobufError("unsupported", EXTERNAL_DATA, proto.place.start);
    const tensor = readTensor(proto, name, head, plain);
    if (tensor instanceof FormatError) known.set(proto, { kind: "broken", error: tensor });
    else placed.push({ tensor, start: head.elements.start });
  }
  placed.sort((a, b) => a.start - b.start);
  const { graph, made } = graphOf(model, { ...found, known }, reader.deepOffset());
  const metadata = metadataOf(model);
  return { graph, tensors: [...placed.map(({ tensor }) => tensor), ...made], ...(metadata && { metadata }) };
}

/** A tensor with its elements, or why they are none. */
function readTensor(proto: TensorProto, name: string, head: TensorHead, file: Uint8Array): Tensor | FormatError {
  const { type, shape } = head;
  const { start, end } = head.elements!;
  try {
    const bytes = decodeElements(type, head.elements!, file.subarray(start, end));
    assertLength(proto, head, bytes.length);
    return { name, type, shape, bytes };
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}
