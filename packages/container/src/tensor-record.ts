import { type ByteReader, type ByteWriter, elementCount, FormatError, readText } from "@deep-compression/bits";
import { quoted, shapeText } from "@deep-compression/runtime";
import { blockCount, type StoredRange } from "./checksums";
import type { TensorRecord } from "./content";
import { MAX_NAME_BYTES, MAX_RANK, MAX_SECTIONS } from "./limits";
import { sameShape } from "./repeated-tensors";

/** Where a section lies in the file, and the CRC-32C of each of its blocks. */
export interface SectionInfo extends StoredRange {
  readonly kind: number;
}

/** A tensor's record in the directory. */
export interface TensorInfo extends Omit<TensorRecord, "sections"> {
  /** Its own, or those of the tensor that it repeats. */
  readonly sections: readonly SectionInfo[];
  /** Bytes of this record in the directory; of a packed directory its part of them in proportion. */
  readonly directoryBytes: number;
}

/** A record as it is written, before its sections have a place. */
export type TensorDraft = Omit<TensorInfo, "sections" | "directoryBytes"> & {
  readonly sections: readonly Omit<SectionInfo, "offset">[];
};

/** A range before it has a place. */
export type RangeDraft = Omit<StoredRange, "offset">;

/** Where the next range of the file begins. */
export interface Place {
  next: number;
}

/** What errors call a section. */
export function sectionName({ kind }: { readonly kind: number }): string {
  return `section of kind ${kind}`;
}

/** Writes a tensor record (docs/format.md, "Directory"). */
export function writeTensor(out: ByteWriter, { name, type, shape, sections, repeats }: TensorDraft): void {
  out.text(name);
  out.u8(type);
  out.u8(shape.length);
  for (const dimension of shape) out.varint(dimension);
  out.u8(repeats === undefined ? sections.length : 0);
  if (repeats !== undefined) out.varint(repeats);
  for (const { kind, length, checksums } of repeats === undefined ? sections : []) {
    out.u8(kind);
    out.varint(length);
    writeChecksums(out, checksums);
  }
}

/**
 * The mirror of {@link writeTensor}.
 *
 * @param earlier the tensors before it
 * @throws FormatError
 */
export function readTensor(
  reader: ByteReader,
  place: Place,
  earlier: readonly TensorInfo[],
): Omit<TensorInfo, "directoryBytes"> {
  const name = readText(reader, { maxLength: MAX_NAME_BYTES });
  const typeOffset = reader.offset;
  const type = reader.u8();
  if (type === 0) {
    throw new FormatError("out-of-range", "element type 0 means undefined", { offset: typeOffset, tensor: name });
  }
  const shapeOffset = reader.offset;
  const shape = Array.from({ length: bounded(reader, MAX_RANK, "rank") }, () => reader.varint());
  if (!Number.isFinite(elementCount(shape))) {
    const details = { offset: shapeOffset, tensor: name };
    throw new FormatError("limit-exceeded", `${shapeText(shape)} has more than 2^53 - 1 elements`, details);
  }
  const count = bounded(reader, MAX_SECTIONS, "sections");
  if (count === 0) return { name, type, shape, ...readRepeated(reader, { name, type, shape }, earlier) };
  const sections = Array.from({ length: count }, () => ({ kind: reader.u8(), ...readRange(reader, place) }));
  return { name, type, shape, sections };
}

/** The tensor that this one repeats, by its number: an earlier one of the same type and shape, with sections of its own. */
function readRepeated(
  reader: ByteReader,
  { name, type, shape }: Pick<TensorInfo, "name" | "type" | "shape">,
  earlier: readonly TensorInfo[],
): Pick<TensorInfo, "repeats" | "sections"> {
  const offset = reader.offset;
  const repeats = reader.varint();
  const original = earlier[repeats];
  const refuse = (message: string) =>
    new FormatError("out-of-range", `tensor ${quoted(name)} repeats ${message}`, { offset, tensor: name });
  if (original === undefined) throw refuse(`tensor ${repeats}, which does not stand before it`);
  if (original.repeats !== undefined) throw refuse(`${quoted(original.name)}, which repeats another one itself`);
  if (original.type !== type || !sameShape(original.shape, shape)) {
    throw refuse(`${quoted(original.name)}, which has another type or shape`);
  }
  return { repeats, sections: original.sections };
}

/** Length and checksums of a range; its place is behind the one before. @throws FormatError */
function readRange(reader: ByteReader, place: Place, options: { readonly max?: number } = {}): StoredRange {
  const at = reader.offset;
  const length = reader.varint(options);
  return { ...placed(length, place, at), checksums: readChecksums(reader, length) };
}

/** The next range of so many bytes. @throws FormatError */
export function placed(length: number, place: Place, at: number): Omit<StoredRange, "checksums"> {
  const offset = place.next;
  if (!Number.isSafeInteger(offset + length)) {
    throw new FormatError("out-of-range", "a section ends beyond 2^53 - 1", { offset: at });
  }
  place.next += length;
  return { offset, length };
}

/** The checksums of `length` bytes. @throws FormatError */
export function readChecksums(reader: ByteReader, length: number): readonly number[] {
  if (blockCount(length) > reader.remaining / 4) {
    const details = { offset: reader.offset };
    throw new FormatError("truncated", `the checksums of ${length} bytes are not all there`, details);
  }
  return Array.from({ length: blockCount(length) }, () => reader.u32());
}

export function writeChecksums(out: ByteWriter, checksums: readonly number[]): void {
  for (const checksum of checksums) out.u32(checksum);
}

function bounded(reader: ByteReader, max: number, what: string): number {
  const offset = reader.offset;
  const count = reader.u8();
  if (count > max)
    throw new FormatError("limit-exceeded", `${what}: at most ${max} expected, got ${count}`, { offset });
  return count;
}
