import { MODEL, type ModelProto } from "./onnx-messages";
import { protobufError } from "./protobuf";
import { isUtf8 } from "./protobuf-fields";
import { type ProtobufReader, readMessage } from "./protobuf-message";

/** A model begins with its IR version, field 1. */
const FIRST_BYTE = 0x08;

/** Whether bytes may well be an ONNX model, judged by their beginning. */
export function looksLikeOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === FIRST_BYTE;
}

/** All that a file says besides the elements of tensors. @throws FormatError if it is no protobuf or has no graph */
export function readModelProto(reader: ProtobufReader, byteLength: number): ModelProto {
  const model = readMessage(reader, { start: 0, end: byteLength, depth: 0 }, MODEL);
  if (model.graph) return model;
  throw protobufError("truncated", "the model has no graph", byteLength);
}

/** A model's metadata_props, those that are UTF-8; of two with one key the last counts. Undefined if there are none. */
export function metadataOf({ metadata }: ModelProto): Readonly<Record<string, string>> | undefined {
  const entries = metadata.filter(({ key, value }) => isUtf8(key) && isUtf8(value));
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}
