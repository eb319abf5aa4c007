import { type ByteReader, byteReader, byteWriter, elementCount, FormatError, readText } from "@deep-compression/bits";
import { blockCount, type StoredRange } from "./checksums";
import { compareText, type TensorRecord } from "./content";
import { MAX_GRAPH_BYTES, MAX_METADATA_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_SECTIONS, MAX_TENSORS } from "./limits";

/** Where a section lies in the file, and the CRC-32C of each of its blocks. */
export interface SectionInfo extends StoredRange {
  readonly kind: number;
}

/** A tensor's record in the directory. */
export interface TensorInfo extends Omit<TensorRecord, "sections"> {
  readonly sections: readonly SectionInfo[];
  /** Bytes of this record in the directory. */
  readonly directoryBytes: number;
}

/** What the directory of a file says (docs/format.md, "Directory"). */
export interface Directory {
  /** Offset of the end of the last section: what the file's length must be. */
  readonly byteLength: number;
  /** Bytes of the header, and of the directory that belong to no metadata, graph or tensor. */
  readonly headerBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of the metadata in the directory, their count included. */
  readonly metadataBytes: number;
  /** Where the graph lies, or undefined if the file has none. */
  readonly graph: StoredRange | undefined;
  /** Bytes of the graph, and of its length and checksums in the directory. */
  readonly graphBytes: number;
  /**
   * In the order of the file. `headerBytes + metadataBytes + graphBytes` and every tensor's `directoryBytes` and
   * section lengths sum to `byteLength`.
   */
  readonly tensors: readonly TensorInfo[];
}

/** What the encoder has to know: the same records before their sections have a place. */
export interface DirectoryDraft extends Pick<Directory, "metadata"> {
  readonly graph: Omit<StoredRange, "offset"> | undefined;
  readonly tensors: readonly (Omit<TensorInfo, "sections" | "directoryBytes"> & {
    readonly sections: readonly Omit<SectionInfo, "offset">[];
  })[];
}

/** What errors call a section. */
export function sectionName({ kind }: { readonly kind: number }): string {
  return `section of kind ${kind}`;
}

/** The bytes of a directory (docs/format.md, "Directory"). */
export function encodeDirectory({ metadata, graph, tensors }: DirectoryDraft): Uint8Array {
  const out = byteWriter();
  const entries = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  out.varint(entries.length);
  for (const [key, value] of entries) {
    out.text(key);
    out.text(value);
  }
  out.varint(graph?.length ?? 0);
  for (const checksum of graph?.checksums ?? []) out.u32(checksum);
  out.varint(tensors.length);
  for (const { name, type, shape, sections } of tensors) {
    out.text(name);
    out.u8(type);
    out.u8(shape.length);
    for (const dimension of shape) out.varint(dimension);
    out.u8(sections.length);
    for (const { kind, length, checksums } of sections) {
      out.u8(kind);
      out.varint(length);
      for (const checksum of checksums) out.u32(checksum);
    }
  }
  return out.finish();
}

/**
 * The mirror of {@link encodeDirectory}.
 *
 * @param options.baseOffset offset of the directory in the file; the graph and the sections follow it back to back
 * @throws FormatError
 */
export function decodeDirectory(bytes: Uint8Array, options: { readonly baseOffset: number }): Directory {
  const reader = byteReader(bytes, options);
  const place = { next: options.baseOffset + bytes.length };
  const start = reader.offset;
  const metadata = readMetadata(reader);
  const metadataBytes = reader.offset - start;
  const graph = readRange(reader, place, { max: MAX_GRAPH_BYTES });
  const graphEnd = reader.offset;
  const graphBytes = graphEnd - start - metadataBytes + graph.length;
  const count = reader.varint({ max: MAX_TENSORS });
  const headerBytes = options.baseOffset + reader.offset - graphEnd;
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const tensorStart = reader.offset;
    const tensor = readTensor(reader, place);
    if (names.has(tensor.name)) {
      const details = { offset: tensorStart, tensor: tensor.name };
      throw new FormatError("duplicate-name", `there are two tensors named "${tensor.name}"`, details);
    }
    names.add(tensor.name);
    tensors.push({ ...tensor, directoryBytes: reader.offset - tensorStart });
  }
  reader.expectEnd();
  const present = graph.length > 0 ? graph : undefined;
  return { byteLength: place.next, headerBytes, metadata, metadataBytes, graph: present, graphBytes, tensors };
}

function readMetadata(reader: ByteReader): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  let bytes = 0;
  for (let left = reader.varint({ max: MAX_METADATA_BYTES }); left > 0; left--) {
    const offset = reader.offset;
    const key = readText(reader, { maxLength: MAX_METADATA_BYTES });
    const value = readText(reader, { maxLength: MAX_METADATA_BYTES });
    bytes += reader.offset - offset;
    if (bytes > MAX_METADATA_BYTES) {
      throw new FormatError("limit-exceeded", `more than ${MAX_METADATA_BYTES} bytes of metadata`, { offset });
    }
    const [previous] = entries.at(-1) ?? [];
    const order = previous === undefined ? 1 : compareText(key, previous);
    if (order === 0) throw new FormatError("duplicate-name", `the metadata key "${key}" stands twice`, { offset });
    if (order < 0) throw new FormatError("not-canonical", "the metadata keys are not in order", { offset });
    entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

function readTensor(reader: ByteReader, place: { next: number }): Omit<TensorInfo, "directoryBytes"> {
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
    throw new FormatError("limit-exceeded", `[${shape}] has more than 2^53 - 1 elements`, details);
  }
  const sections = Array.from({ length: bounded(reader, MAX_SECTIONS, "sections") }, () => {
    const kind = reader.u8();
    return { kind, ...readRange(reader, place) };
  });
  return { name, type, shape, sections };
}

/** Length and checksums of a range; its place is behind the one before. */
function readRange(reader: ByteReader, place: { next: number }, options: { readonly max?: number } = {}): StoredRange {
  const at = reader.offset;
  const length = reader.varint(options);
  const offset = place.next;
  if (!Number.isSafeInteger(offset + length)) {
    throw new FormatError("out-of-range", "a section ends beyond 2^53 - 1", { offset: at });
  }
  if (blockCount(length) > reader.remaining / 4) {
    throw new FormatError("truncated", `the checksums of ${length} bytes are not all there`, { offset: at });
  }
  place.next += length;
  return { offset, length, checksums: Array.from({ length: blockCount(length) }, () => reader.u32()) };
}

function bounded(reader: ByteReader, max: number, what: string): number {
  const offset = reader.offset;
  const count = reader.u8();
  if (count > max)
    throw new FormatError("limit-exceeded", `${what}: at most ${max} expected, got ${count}`, { offset });
  return count;
}
