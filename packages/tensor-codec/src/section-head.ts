import { type ByteWriter, byteReader, type Decoder, elementCount, FormatError, inStage } from "@deep-compression/bits";
import type { Layout } from "@deep-compression/sparse";
import type { CentroidPrecision } from "./centroid-precision";
import { MAX_CENTROIDS, readCodebook, writeCodebook } from "./codebook-bytes";
import type { SectionSizes } from "./coded-section";
import { decodeLineMaps, encodeLineMaps, lineMapCoding } from "./line-maps";
import { decodeFlags, encodeFlags, type SectionFlags, type SymbolForm } from "./section-flags";

/** What stands before the symbol streams of a section (docs/format.md, "Sections of coded tensors"). */
export interface SectionHead {
  readonly precision: CentroidPrecision;
  readonly layout: Layout;
  /** Width of a gap; 1 in other forms than gaps. */
  readonly gapBits: number;
  /** Entries of the gaps form, fillers included; 0 in other forms. */
  readonly entries: number;
  /** As they are stored: without 0 in the forms gaps and bitmask. */
  readonly centroids: Float32Array;
}

/** Bytes of the parts of a head that a ledger tells apart. */
type HeadSizes = Pick<SectionSizes, "codebook" | "lineMaps">;

/** The matrix that a tensor is scanned as: a row each index of the first dimension; a vector or a scalar is one row. */
export function matrixOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  const [rows = 1] = shape.length < 2 ? [] : shape;
  return { rows, columns: elementCount(shape) / rows };
}

/** The layout of the dense form. */
export function rowMajor(shape: readonly number[]): Layout {
  return { ...matrixOf(shape), order: "row-major" };
}

/** The flags that tell the layout of a scan. */
type LayoutFlags = Pick<SectionFlags, "order" | "rowMap" | "columnMap" | "densityClasses" | "levels">;

function layoutFlags(layout: Layout): LayoutFlags {
  const { order, rowClasses, columnClasses } = layout;
  const densityClasses = lineMapCoding(layout) !== "empty";
  const maps = { rowMap: rowClasses !== undefined, columnMap: columnClasses !== undefined, densityClasses };
  return { order, ...maps, levels: layout.levels !== undefined };
}

/** Writes flags, number of entries, codebook and line maps. */
export function writeHead(out: ByteWriter, form: SymbolForm, head: SectionHead): HeadSizes {
  const { precision, layout, gapBits, entries, centroids } = head;
  out.u8(encodeFlags({ precision, ...layoutFlags(layout), gapBits }));
  if (form === "gaps") out.varint(entries);
  const codebookStart = out.length;
  writeCodebook(out, centroids, precision);
  const mapsStart = out.length;
  out.bytes(encodeLineMaps(layout));
  return { codebook: mapsStart - codebookStart, lineMaps: out.length - mapsStart };
}

/** Writes the flags and the line maps of a section without a codebook. */
export function writeSparseHead(out: ByteWriter, layout: Layout): Pick<HeadSizes, "lineMaps"> {
  out.u8(encodeFlags({ precision: "float32", gapBits: 1, ...layoutFlags(layout) }));
  const maps = encodeLineMaps(layout);
  out.bytes(maps);
  return { lineMaps: maps.length };
}

/** The mirror of {@link writeSparseHead}, and where it ends. @throws FormatError */
export function readSparseHead(
  bytes: Uint8Array,
  shape: readonly number[],
): { readonly layout: Layout; readonly lineMaps: number; readonly end: number } {
  const flags = decodeFlags(byteReader(bytes).u8(), "sparse");
  const { layout, length } = readLayout(bytes.subarray(1), { flags, shape, baseOffset: 1 });
  return { layout, lineMaps: length, end: 1 + length };
}

/** A head, what its parts take, and the bytes behind it. */
interface OpenedSection {
  readonly head: SectionHead;
  readonly parts: HeadSizes;
  readonly rest: Uint8Array;
}

/** The mirror of {@link writeHead}. @throws FormatError */
export function readHead(bytes: Uint8Array, form: SymbolForm, shape: readonly number[]): OpenedSection {
  const reader = byteReader(bytes);
  const flags = decodeFlags(reader.u8(), form);
  // Each entry is at least one element behind the one before.
  const entries = form === "gaps" ? reader.varint({ max: elementCount(shape) }) : 0;
  const codebookStart = reader.offset;
  const { precision, gapBits } = flags;
  const max = form === "gaps" ? MAX_CENTROIDS - 1 : MAX_CENTROIDS;
  const { centroids, length: codebook } = readCodebook(bytes, { start: codebookStart, precision, max });
  if (form !== "dense" && centroids.includes(0)) {
    throw new FormatError("not-canonical", `the codebook of the form ${form} holds 0`, { offset: codebookStart });
  }
  const mapsStart = codebookStart + codebook;
  const { layout, length: lineMaps } = readLayout(bytes.subarray(mapsStart), { flags, shape, baseOffset: mapsStart });
  const parts = { codebook, lineMaps };
  const rest = bytes.subarray(mapsStart + lineMaps);
  return { head: { precision, layout, gapBits, entries, centroids }, parts, rest };
}

function readLayout(
  bytes: Uint8Array,
  section: { readonly flags: SectionFlags; readonly shape: readonly number[]; readonly baseOffset: number },
): { readonly layout: Layout; readonly length: number } {
  const { order, rowMap, columnMap, densityClasses, levels } = section.flags;
  const { rows, columns } = matrixOf(section.shape);
  if (!rowMap && !columnMap) return { layout: { rows, columns, order }, length: 0 };
  const { maps, length } = decodeLineMaps(bytes, {
    rows: rowMap ? rows : undefined,
    columns: columnMap ? columns : undefined,
    coding: levels ? "levels" : densityClasses ? "classes" : "empty",
    baseOffset: section.baseOffset,
  });
  return { layout: { rows, columns, order, ...maps }, length };
}

/** Decodes a part of a section, a view of its bytes: offsets of errors count from the section's start. @throws FormatError */
export function decodePart<T>(codec: Decoder<T>, part: Uint8Array, section: Uint8Array): T {
  const start = part.byteOffset - section.byteOffset;
  return inStage({ stage: codec.name, direction: "decode", start }, () => codec.decode(part));
}
