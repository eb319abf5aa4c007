import { type ByteReader, byteReader, byteWriter, FormatError, readText } from "@deep-compression/bits";
import { checkFileNames } from "./file-names";
import { MAX_FILE_NAME_BYTES } from "./limits";

/** Numbers of the formats that a model's files can have; a reader may meet others. */
export const MODEL_FORMATS = { other: 0, onnx: 1, safetensors: 2, tensorflowJs: 3 } as const;

/** A file of a model. */
export interface EnvelopeFile {
  /** Relative to the model's folder, `/` between parts. Empty for one that is alone and has no record. */
  readonly name: string;
  readonly byteLength: number;
}

/** Where the bytes of a tensor stood. */
export interface Hole {
  /** Of its first byte, in all files taken back to back. */
  readonly start: number;
  /** In bytes; it may reach into the next file. */
  readonly length: number;
  /** The elements as they are, or each as a varint of protobuf. */
  readonly encoding: HoleEncoding;
}

export type HoleEncoding = "bytes" | "varints";

/** A model's own files without the bytes of their tensors (docs/format.md, "The envelope"). */
export interface Envelope {
  /** One of {@link MODEL_FORMATS}, or a number that is none of them: 0..255. */
  readonly format: number;
  /** The main file first. */
  readonly files: readonly EnvelopeFile[];
  /** One for each tensor of the directory, in its order: ascending, and none within another. */
  readonly holes: readonly Hole[];
  /** The bytes of the files that are in no hole. */
  readonly skeleton: Uint8Array;
}

const ENCODINGS: readonly HoleEncoding[] = ["bytes", "varints"];

/** Bytes that a file and a hole take at least. */
const MIN_FILE_BYTES = 2;
const MIN_HOLE_BYTES = 3;

/** The bytes of an envelope. @throws RangeError if it breaks a rule that readers hold it to */
export function encodeEnvelope({ format, files, holes, skeleton }: Envelope): Uint8Array {
  const out = byteWriter();
  out.u8(format);
  const recorded = hasNoRecord(files) ? [] : files;
  if (files.length === 0) throw new RangeError("files: expected one at least, got none");
  out.varint(recorded.length);
  for (const { name, byteLength } of recorded) {
    out.text(name);
    out.varint(byteLength);
  }
  let end = 0;
  for (const [i, { start, length, encoding }] of holes.entries()) {
    if (start < end) throw new RangeError(`holes[${i}].start: expected at least ${end}, got ${start}`);
    out.varint(start - end);
    out.u8(ENCODINGS.indexOf(encoding));
    out.varint(length);
    end = start + length;
  }
  out.bytes(skeleton);
  const bytes = out.finish();
  try {
    const [only] = decodeEnvelope(bytes, { tensorCount: holes.length }).files;
    if (recorded.length > 0 || only?.byteLength === files[0]?.byteLength) return bytes;
  } catch (cause) {
    throw cause instanceof FormatError ? new RangeError(`envelope: ${cause.message}`, { cause }) : cause;
  }
  throw new RangeError(`files[0].byteLength: expected that of holes and skeleton, got ${files[0]?.byteLength}`);
}

/** Whether there is one file, and nothing that a record would tell: its length is that of holes and skeleton. */
function hasNoRecord(files: Envelope["files"]): boolean {
  return files.length === 1 && files[0]?.name === "";
}

/**
 * The mirror of {@link encodeEnvelope}: its holes lie in the files, and files and holes leave exactly the skeleton. Whether a
 * hole fits its tensor is for those to check who know the element types.
 *
 * @param options.tensorCount of the directory
 * @throws FormatError; offsets count from the start of the envelope
 */
export function decodeEnvelope(bytes: Uint8Array, options: { readonly tensorCount: number }): Envelope {
  const reader = byteReader(bytes);
  const format = reader.u8();
  const recorded = readFiles(reader);
  const holes = readHoles(reader, options.tensorCount);
  const offset = reader.offset;
  const skeleton = reader.bytes(reader.remaining);
  const inHoles = holes.reduce((sum, { length }) => sum + length, 0);
  const last = holes.at(-1);
  const whole = { name: "", byteLength: inHoles + skeleton.length };
  const files = recorded.length === 0 ? [whole] : recorded;
  const total = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (!Number.isSafeInteger(total)) throw outOfRange("the files end beyond 2^53 - 1", offset);
  if (last !== undefined && last.start + last.length > total) {
    throw outOfRange(`a hole ends at ${last.start + last.length}, the files at ${total}`, offset);
  }
  if (inHoles + skeleton.length !== total) {
    const message = `the files have ${total} bytes, the holes ${inHoles} and the skeleton ${skeleton.length}`;
    throw outOfRange(message, offset);
  }
  return { format, files, holes, skeleton };
}

function readFiles(reader: ByteReader): EnvelopeFile[] {
  const offset = reader.offset;
  const count = reader.varint();
  if (count > reader.remaining / MIN_FILE_BYTES) {
    throw new FormatError("truncated", `${count} files are not all there`, { offset });
  }
  const files = Array.from({ length: count }, () => {
    return { name: readText(reader, { maxLength: MAX_FILE_NAME_BYTES }), byteLength: reader.varint() };
  });
  checkFileNames(files.map(({ name }) => name));
  return files;
}

function readHoles(reader: ByteReader, count: number): Hole[] {
  if (count > reader.remaining / MIN_HOLE_BYTES) {
    throw new FormatError("truncated", `the holes of ${count} tensors are not all there`, { offset: reader.offset });
  }
  let end = 0;
  return Array.from({ length: count }, () => {
    const offset = reader.offset;
    const start = end + reader.varint();
    const encoding = ENCODINGS[reader.u8()];
    const length = reader.varint();
    end = start + length;
    if (encoding === undefined) throw outOfRange("an encoding of a hole is not known", offset);
    if (!Number.isSafeInteger(end)) throw outOfRange("a hole ends beyond 2^53 - 1", offset);
    return { start, length, encoding };
  });
}

function outOfRange(message: string, offset: number): FormatError {
  return new FormatError("out-of-range", message, { offset });
}
