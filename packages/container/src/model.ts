import { byteWriter, FormatError } from "@deep-compression/bits";
import type { StoredRange } from "./checksums";
import { deflateIfSmaller, plainBytes, type StoredBytes } from "./deflated-bytes";
import { decodeEnvelope, type Envelope, encodeEnvelope } from "./envelope";
import { MAX_ENVELOPE_BYTES, MAX_GRAPH_BYTES } from "./limits";
import { PRESET_DICTIONARY } from "./preset-dictionary";

/** What a file says of its network beside the tensors: the bytes of its graph, or the files that it came from. */
export type Model =
  | { readonly kind: "graph"; readonly bytes: Uint8Array }
  | { readonly kind: "envelope"; readonly envelope: Envelope };

/** How a model is written: its kind's number is its place. */
export const MODEL_KINDS: readonly (Model["kind"] | "none")[] = ["none", "graph", "envelope"];

/** Bytes that a model of a kind may take, stored and inflated. */
export const MAX_MODEL_BYTES = { graph: MAX_GRAPH_BYTES, envelope: MAX_ENVELOPE_BYTES } as const;

/** Where a model lies in the file, and what it inflates to. */
export interface ModelInfo extends StoredRange {
  readonly kind: Model["kind"];
  /** Bytes that the stored ones inflate to; 0: they are as they are. */
  readonly plainLength: number;
}

type Named = { readonly name: string };

/** Bytes that the window of deflate looks back. */
const WINDOW_BYTES = 2 ** 15;

/** The stored bytes of a model beside these tensors. @throws RangeError for an envelope that breaks a rule */
export function encodeModel(model: Model, tensors: readonly Named[]): StoredBytes {
  if (model.kind === "graph") return deflateIfSmaller(model.bytes, PRESET_DICTIONARY);
  return deflateIfSmaller(encodeEnvelope(model.envelope), envelopeDictionary(tensors));
}

/**
 * The mirror of {@link encodeModel}.
 *
 * @throws FormatError naming the section
 */
export function decodeModel(stored: Uint8Array, info: ModelInfo, tensors: readonly Named[]): Model {
  const { kind, plainLength } = info;
  try {
    const dictionary = kind === "graph" ? PRESET_DICTIONARY : envelopeDictionary(tensors);
    const bytes = plainBytes({ stored, plainLength }, dictionary);
    if (kind === "graph") return { kind, bytes };
    return { kind, envelope: decodeEnvelope(bytes, { tensorCount: tensors.length }) };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const offset = info.offset + (plainLength === 0 ? (cause.offset ?? 0) : 0);
    throw new FormatError(cause.code, `${kind}: ${cause.message}`, { section: kind, offset, cause });
  }
}

/** The preset dictionary and behind it the names of the tensors, as the directory has them; of it all, what counts. */
function envelopeDictionary(tensors: readonly Named[]): Uint8Array {
  const out = byteWriter();
  out.bytes(PRESET_DICTIONARY);
  // A text takes at least one byte: those before the last so many are outside the window.
  for (const { name } of tensors.slice(-WINDOW_BYTES)) out.text(name);
  return out.finish().slice(-WINDOW_BYTES);
}
