import { type ByteReader, byteReader, byteWriter, FormatError, readText } from "@deep-compression/bits";
import { checkInteger, quoted } from "@deep-compression/runtime";
import { compareText } from "./content";
import { MAX_DIRECTORY_BYTES, MAX_TENSORS } from "./limits";
import { MAX_MODEL_BYTES, MODEL_KINDS, type ModelInfo } from "./model";
import { packed, readPacking, unpacked, writePacking } from "./packed-bytes";
import { PRESET_DICTIONARY } from "./preset-dictionary";
import { repeatableElements } from "./repeated-tensors";
import {
  type Place,
  placed,
  readChecksums,
  readTensor,
  type TensorDraft,
  type TensorInfo,
  writeChecksums,
  writeTensor,
} from "./tensor-record";

/** What the directory of a file says (docs/format.md, "Directory"). Of a packed one, bytes are told in proportion. */
export interface Directory {
  /** Offset of the end of the last section: what the file's length must be. */
  readonly byteLength: number;
  /** Bytes of the header, and of the directory that belong to no metadata, model or tensor. */
  readonly headerBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of the metadata in the directory, their count included. */
  readonly metadataBytes: number;
  /** Where graph or envelope lie, or undefined if the file has neither. */
  readonly model: ModelInfo | undefined;
  /** Bytes of the model, and of what the directory says of it. */
  readonly modelBytes: number;
  /**
   * In the order of the file. `headerBytes + metadataBytes + modelBytes`, every tensor's `directoryBytes` and the section
   * lengths of those that repeat no other sum to `byteLength`.
   */
  readonly tensors: readonly TensorInfo[];
}

/** Mixing learns names from the directory itself as soon as from the preset dictionary, which takes some milliseconds. */
const DICTIONARIES = { deflated: PRESET_DICTIONARY, mixed: new Uint8Array(0) };

/** Directories of which deflate leaves more are deflated: they are read at once, and mixed these take some milliseconds. */
const MIXED_DIRECTORY_BYTES = 2 ** 12;

/** What the encoder has to know: the same records before their ranges have a place. */
export interface DirectoryDraft extends Pick<Directory, "metadata"> {
  readonly model: Omit<ModelInfo, "offset"> | undefined;
  readonly tensors: readonly TensorDraft[];
}

/** The bytes of a directory as a file has them, packed if that takes fewer (docs/format.md, "Directory"). @throws RangeError */
export function encodeDirectory(draft: DirectoryDraft): Uint8Array {
  const fields = encodeFields(draft);
  checkInteger("bytes of the directory", fields.length, { maximum: MAX_DIRECTORY_BYTES - 1 }); // the packing stands before them
  const bytes = packed(fields, { dictionaries: DICTIONARIES, mixedUpTo: MIXED_DIRECTORY_BYTES });
  const out = byteWriter();
  writePacking(out, bytes);
  out.bytes(bytes.stored);
  return out.finish();
}

/** The fields of a directory, before they are packed. */
export function encodeFields({ metadata, model, tensors }: DirectoryDraft): Uint8Array {
  const out = byteWriter();
  const entries = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  out.varint(entries.length);
  for (const [key, value] of entries) {
    out.text(key);
    out.text(value);
  }
  out.u8(MODEL_KINDS.indexOf(model?.kind ?? "none"));
  if (model !== undefined) {
    out.varint(model.length);
    writePacking(out, model);
    writeChecksums(out, model.checksums);
  }
  out.varint(tensors.length);
  for (const tensor of tensors) writeTensor(out, tensor);
  return out.finish();
}

/**
 * The mirror of {@link encodeDirectory}.
 *
 * @param options.baseOffset offset of the directory in the file; the model and the sections follow it back to back
 * @throws FormatError; what is wrong with a packed directory has no place in the file
 */
export function decodeDirectory(bytes: Uint8Array, options: { readonly baseOffset: number }): Directory {
  const { baseOffset } = options;
  const reader = byteReader(bytes, { baseOffset });
  const packing = readPacking(reader, { max: MAX_DIRECTORY_BYTES });
  const start = reader.offset;
  const stored = reader.bytes(reader.remaining);
  const end = baseOffset + bytes.length;
  if (packing.packing === "none")
    return decodeFields(byteReader(stored, { baseOffset: start }), { start, end, place: (at) => at });
  try {
    const plain = unpacked({ ...packing, stored }, DICTIONARIES);
    const place = (at: number) => start + Math.floor((stored.length * at) / plain.length);
    return decodeFields(byteReader(plain), { start, end, place });
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const { code, message, tensor } = cause;
    throw new FormatError(code, message, { section: "directory", tensor, cause });
  }
}

/** How the fields of a directory lie in the file. */
interface FieldPlaces {
  /** Where the fields begin and end. */
  readonly start: number;
  readonly end: number;
  /** Where the bytes from an offset of the reader on begin. */
  readonly place: (offset: number) => number;
}

function decodeFields(reader: ByteReader, { start, end, place }: FieldPlaces): Directory {
  const ranges = { next: end };
  const metadata = readMetadata(reader);
  const metadataEnd = place(reader.offset);
  const model = readModelRange(reader, ranges);
  const modelEnd = place(reader.offset);
  const count = reader.varint({ max: MAX_TENSORS });
  const tensorsStart = place(reader.offset);
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const offset = reader.offset;
    const tensor = readTensor(reader, ranges, tensors);
    if (names.has(tensor.name)) {
      const details = { offset, tensor: tensor.name };
      throw new FormatError("duplicate-name", `there are two tensors named ${quoted(tensor.name)}`, details);
    }
    names.add(tensor.name);
    tensors.push({ ...tensor, directoryBytes: place(reader.offset) - place(offset) });
  }
  reader.expectEnd();
  if (repeatableElements(tensors) < 0) {
    throw new FormatError("limit-exceeded", "the tensors that repeat others have more elements than is allowed");
  }
  return {
    byteLength: ranges.next,
    headerBytes: start + tensorsStart - modelEnd,
    metadata,
    metadataBytes: metadataEnd - start,
    model,
    modelBytes: modelEnd - metadataEnd + (model?.length ?? 0),
    tensors,
  };
}

function readMetadata(reader: ByteReader): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const offset = reader.offset;
    const key = readText(reader);
    const value = readText(reader);
    const [previous] = entries.at(-1) ?? [];
    const order = previous === undefined ? 1 : compareText(key, previous);
    if (order === 0)
      throw new FormatError("duplicate-name", `the metadata key ${quoted(key)} stands twice`, { offset });
    if (order < 0) throw new FormatError("not-canonical", "the metadata keys are not in order", { offset });
    entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

function readModelRange(reader: ByteReader, ranges: Place): ModelInfo | undefined {
  const offset = reader.offset;
  const number = reader.u8();
  const kind = MODEL_KINDS[number];
  if (kind === undefined) throw new FormatError("out-of-range", `a model of kind ${number} is not known`, { offset });
  if (kind === "none") return undefined;
  const at = reader.offset;
  const length = reader.varint({ max: MAX_MODEL_BYTES[kind] });
  if (length === 0) throw new FormatError("out-of-range", `the ${kind} has no bytes`, { offset: at });
  const packing = readPacking(reader, { length, max: MAX_MODEL_BYTES[kind] });
  return { kind, ...placed(length, ranges, at), ...packing, checksums: readChecksums(reader, length) };
}
