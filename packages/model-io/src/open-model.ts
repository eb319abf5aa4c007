import { type ByteSource, checkSource, FormatError } from "@deep-compression/bits";
import { beginningOf, describeBytes, describeName } from "./foreign-file";
import { describeJson } from "./foreign-text";
import { looksLikeJson, readModelJson } from "./model-json";
import { looksLikeOnnx } from "./onnx-model";
import { openOnnx } from "./open-onnx";
import type { ModelPlace, OpenedModel } from "./opened-model";
import { openSafetensors } from "./safetensors";
import { LENGTH_BYTES } from "./safetensors-header";
import { openSafetensorsIndex } from "./safetensors-index";
import { openTensorflowJs } from "./tensorflowjs";

/** A kind of files that models are made of. */
export interface FileKind {
  readonly extension: ".safetensors" | ".onnx" | ".json";
  readonly open: (source: ByteSource, place: ModelPlace) => Promise<OpenedModel>;
  /** Whether bytes may well be of this kind, judged by their beginning. */
  readonly looksLike: (bytes: Uint8Array) => boolean;
}

const SAFETENSORS: FileKind = {
  extension: ".safetensors",
  open: openSafetensors,
  looksLike: looksLikeSafetensors,
};
const ONNX: FileKind = { extension: ".onnx", open: openOnnx, looksLike: looksLikeOnnx };
const JSON_FILE: FileKind = { extension: ".json", open: openJson, looksLike: looksLikeJson };
const KINDS: readonly FileKind[] = [SAFETENSORS, ONNX, JSON_FILE];

/** A header of at most 100 MB, so zeros in the upper half of its length, then { behind white space. */
function looksLikeSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length <= LENGTH_BYTES || bytes.subarray(4, LENGTH_BYTES).some((byte) => byte !== 0)) return false;
  const first = bytes.subarray(LENGTH_BYTES).find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return first === 0x7b;
}

export function kindNamed(name: string): FileKind | undefined {
  return KINDS.find((kind) => name.toLowerCase().endsWith(kind.extension));
}

/**
 * The kind that the bytes tell or, if they tell none, the extension of the name.
 *
 * @throws FormatError for one that the name tells and another that the bytes do, and for none, naming what the file is
 */
export function kindOf(name: string, beginning: Uint8Array): FileKind {
  if (beginning.length === 0) throw new FormatError("truncated", "the model file is empty", { offset: 0 });
  const named = kindNamed(name);
  // Safetensors first: its length may be anything, the signature of another format too. ONNX last: it tells the least.
  const safetensors = looksLikeSafetensors(beginning) ? SAFETENSORS : undefined;
  const foreign = safetensors ? undefined : describeBytes(beginning);
  if (foreign !== undefined) throw new FormatError("bad-magic", `this is ${foreign}`, { offset: 0 });
  const seen = safetensors ?? KINDS.find((kind) => kind.looksLike(beginning));
  if (named && seen && named !== seen) {
    const message = `named ${named.extension}, but looks like ${seen.extension}; rename it`;
    throw new FormatError("bad-magic", message, { offset: 0 });
  }
  const kind = named ?? seen;
  if (kind) return kind;
  const what = describeName(name);
  const known = KINDS.map(({ extension }) => extension).join(", ");
  const message = what ? `this is ${what}` : `not a model of a known format (${known})`;
  throw new FormatError("bad-magic", message, { offset: 0 });
}

/**
 * Opens a model without reading its tensors, so that it may be larger than memory: an ONNX or safetensors file, the index
 * of several safetensors files, or the model.json or weights manifest of TensorFlow.js.
 *
 * @param place the name of the source, which may tell its format, and the folder that the model's other files are in
 * @throws FormatError if the source holds no model, saying what it is and what to do, or one whose files do not fit;
 * TypeError for what is no source
 */
export async function openModel(source: ByteSource, place: ModelPlace = {}): Promise<OpenedModel> {
  checkSource("source", source);
  return kindOf(place.name ?? "", await beginningOf(source)).open(source, place);
}

async function openJson(source: ByteSource, place: ModelPlace): Promise<OpenedModel> {
  const json = await readModelJson(source);
  if (json.kind === "tensorflow.js") return openTensorflowJs(source, json, place);
  if (json.kind === "safetensors-index") return openSafetensorsIndex(source, json, place);
  throw foreignJson(json.value);
}

/** What JSON is that is no model. */
export function foreignJson(value: unknown): FormatError {
  return new FormatError("bad-magic", `this is ${describeJson(value)}`, { offset: 0 });
}
