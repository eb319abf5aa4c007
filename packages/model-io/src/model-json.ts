import { type ByteSource, FormatError, readExactly } from "@deep-compression/bits";
import { beginsJson, isObject, type JsonObject, parseJson } from "./json-text";

/** Longest JSON file read: as the longest header of safetensors. Topologies of TensorFlow.js reach a few megabytes. */
export const MAX_MODEL_JSON = 100_000_000;

/** What a JSON file of a model is. */
export type ModelJson =
  | { readonly kind: "tensorflow.js"; readonly value: JsonObject | readonly JsonObject[] }
  | { readonly kind: "safetensors-index"; readonly value: JsonObject; readonly text: string }
  | { readonly kind: "foreign"; readonly value: unknown };

/** Whether a file may well be JSON of a model, judged by its beginning. */
export function looksLikeJson(beginning: Uint8Array): boolean {
  return beginsJson(new TextDecoder().decode(beginning));
}

/** Reads a JSON file whole. @throws FormatError "limit-exceeded", "invalid-table" if it is no JSON */
export async function readModelJson(source: ByteSource): Promise<ModelJson> {
  if (source.byteLength > MAX_MODEL_JSON) {
    const message = `a JSON file of ${source.byteLength} bytes, at most ${MAX_MODEL_JSON}`;
    throw new FormatError("limit-exceeded", message, { offset: MAX_MODEL_JSON });
  }
  return parseModelJson(await readExactly(source, 0, source.byteLength));
}

/** What the bytes of a JSON file are. @throws FormatError "invalid-table" if they are no JSON */
export function parseModelJson(bytes: Uint8Array): ModelJson {
  const { text, value } = parseJson(withoutMark(bytes), { what: "the file", offset: 0 });
  if (isObject(value)) {
    if (isObject(value.weight_map)) return { kind: "safetensors-index", value, text };
    if ("weightsManifest" in value || "modelTopology" in value) return { kind: "tensorflow.js", value };
  }
  if (isManifest(value)) return { kind: "tensorflow.js", value };
  return { kind: "foreign", value };
}

/** A manifest that stands alone: a list of groups. */
function isManifest(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every((group) => isObject(group) && "weights" in group);
}

/** A byte order mark is no part of JSON, but editors of Windows put one. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
