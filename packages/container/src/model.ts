import { byteWriter, FormatError } from "@deep-compression/bits";
import type { StoredRange } from "./checksums";
import { decodeEnvelope, type Envelope, encodeEnvelope } from "./envelope";
import { MAX_ENVELOPE_BYTES, MAX_GRAPH_BYTES } from "./limits";
import {
  type PackedBytes,
  type PackingDictionaries,
  type PackingInfo,
  packed,
  unpacked,
  unpackedInTurns,
} from "./packed-bytes";
import { PRESET_DICTIONARY } from "./preset-dictionary";

/** What a file says of its network beside the tensors: the bytes of its graph, or the files that it came from. */
export type Model =
  | { readonly kind: "graph"; readonly bytes: Uint8Array }
  | { readonly kind: "envelope"; readonly envelope: Envelope };

/** How a model is written: its kind's number is its place. */
export const MODEL_KINDS: readonly (Model["kind"] | "none")[] = ["none", "graph", "envelope"];

/** Bytes that a model of a kind may take, stored and unpacked. */
export const MAX_MODEL_BYTES = { graph: MAX_GRAPH_BYTES, envelope: MAX_ENVELOPE_BYTES } as const;

/** Where a model lies in the file, and how it is packed. */
export interface ModelInfo extends StoredRange, PackingInfo {
  readonly kind: Model["kind"];
}

type Named = { readonly name: string };

/** Models of which deflate leaves more are deflated: mixed, these take a reader an eighth of a second. */
const MIXED_MODEL_BYTES = 2 ** 16;

/** Bytes of a dictionary that count. */
const WINDOW_BYTES = 2 ** 15;

/** The stored bytes of a model beside these tensors. @throws RangeError for an envelope that breaks a rule */
export function encodeModel(model: Model, tensors: readonly Named[]): PackedBytes {
  const bytes = model.kind === "graph" ? model.bytes : encodeEnvelope(model.envelope);
  const dictionaries = dictionariesOf(model.kind, tensors);
  if (latest && isSame(bytes, latest.bytes) && isSame(dictionaries.mixed, latest.dictionary))
    return copyOf(latest.result);
  const result = packed(bytes, { dictionaries, mixedUpTo: MIXED_MODEL_BYTES });
  if (result.packing === "mixed")
    latest = { bytes: bytes.slice(), dictionary: dictionaries.mixed, result: copyOf(result) };
  return result;
}

/** The model that was mixed last: a search for a size writes the same one many times over, and mixing it is what takes long. */
let latest: { readonly bytes: Uint8Array; readonly dictionary: Uint8Array; readonly result: PackedBytes } | undefined;

/** Bytes of their own: whoever gets them may give them away. */
function copyOf(packed: PackedBytes): PackedBytes {
  return { ...packed, stored: packed.stored.slice() };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/**
 * The mirror of {@link encodeModel}.
 *
 * @throws FormatError naming the section
 */
export function decodeModel(stored: Uint8Array, info: ModelInfo, tensors: readonly Named[]): Model {
  try {
    return modelOf(unpacked({ ...info, stored }, dictionariesOf(info.kind, tensors)), info, tensors);
  } catch (cause) {
    throw placed(cause, info);
  }
}

/** As {@link decodeModel}, with turns for others in between: it may take a tenth of a second. @throws as that */
export async function decodeModelInTurns(
  stored: Uint8Array,
  info: ModelInfo,
  tensors: readonly Named[],
): Promise<Model> {
  try {
    return modelOf(await unpackedInTurns({ ...info, stored }, dictionariesOf(info.kind, tensors)), info, tensors);
  } catch (cause) {
    throw placed(cause, info);
  }
}

function modelOf(bytes: Uint8Array, { kind }: ModelInfo, tensors: readonly Named[]): Model {
  if (kind === "graph") return { kind, bytes };
  return { kind, envelope: decodeEnvelope(bytes, { tensorCount: tensors.length }) };
}

/** What is wrong with a model, where in the file that is known. */
function placed(cause: unknown, { kind, packing, offset: start }: ModelInfo): unknown {
  if (!(cause instanceof FormatError)) return cause;
  const offset = start + (packing === "none" ? (cause.offset ?? 0) : 0);
  return new FormatError(cause.code, `${kind}: ${cause.message}`, { section: kind, offset, cause });
}

/** What stands before a model. */
function dictionariesOf(kind: Model["kind"], tensors: readonly Named[]): PackingDictionaries {
  const dictionary = kind === "graph" ? PRESET_DICTIONARY : envelopeDictionary(tensors);
  return { deflated: dictionary, mixed: dictionary };
}

/** The preset dictionary and behind it the names of the tensors, as the directory has them; of it all, what counts. */
function envelopeDictionary(tensors: readonly Named[]): Uint8Array {
  const out = byteWriter();
  out.bytes(PRESET_DICTIONARY);
  // A text takes at least one byte: those before the last so many do not count.
  for (const { name } of tensors.slice(-WINDOW_BYTES)) out.text(name);
  return out.finish().slice(-WINDOW_BYTES);
}
