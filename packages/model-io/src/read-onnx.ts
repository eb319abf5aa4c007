import type { Network, Tensor } from "@deep-compression/network";
import { plainBytes } from "./file-bytes";
import { assertLength, decodeElements } from "./onnx-elements";
import { graphOf } from "./onnx-graph";
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
  const placed: { readonly tensor: Tensor; readonly start: number }[] = [];
  for (const [proto, known] of found.known) {
    if (known.kind === "broken") throw known.error;
    if (known.kind !== "tensor") continue;
    const { name, head } = known;
    const { type, shape, elements } = head;
    if (!elements) throw protobufError("unsupported", EXTERNAL_DATA, proto.place.start);
    const own = decodeElements(type, elements, plain.subarray(elements.start, elements.end));
    assertLength(proto, head, own.length);
    placed.push({ tensor: { name, type, shape, bytes: own }, start: elements.start });
  }
  placed.sort((a, b) => a.start - b.start);
  const { graph, made } = graphOf(model, found, reader.deepOffset());
  const metadata = metadataOf(model);
  return { graph, tensors: [...placed.map(({ tensor }) => tensor), ...made], ...(metadata && { metadata }) };
}
