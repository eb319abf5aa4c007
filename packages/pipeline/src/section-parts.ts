import { type ByteReader, byteReader, FormatError } from "@deep-compression/bits";
import { elementCount } from "@deep-compression/container";
import type { Layout } from "@deep-compression/sparse";
import { type CentroidPrecision, MAX_CENTROIDS, readCentroids } from "./centroid-bytes";
import { decodeLineMaps } from "./line-maps";
import { type CodedForm, decodeFlags, type SectionFlags } from "./section-flags";
import { insertZero } from "./stored-weight";

/** A section's bytes and what the directory says of them. */
export interface SectionSource {
  readonly form: CodedForm;
  readonly bytes: Uint8Array;
  /** Shape of the tensor; its element count must have been checked already. */
  readonly shape: readonly number[];
  /** Offset of the section in the file, for errors. */
  readonly baseOffset: number;
}

/** A stream of symbols, still coded, and where it starts in the file. */
export interface CodedStream {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
}

/** A coded section taken apart. */
export interface SectionParts {
  readonly form: CodedForm;
  readonly precision: CentroidPrecision;
  readonly layout: Layout;
  /** Elements of the dense form, entries of the gaps form, fillers included; 0 in the bitmask, where the mask tells. */
  readonly entries: number;
  /** Width of a gap; 1 in other forms. */
  readonly gapBits: number;
  /** What codes index: in the gaps form 0 is at its place among them. */
  readonly centroids: Float32Array;
  readonly values: CodedStream;
  /** Gaps, or bytes of the mask; no bytes in the dense form. */
  readonly positions: CodedStream;
  /** Bytes of the parts that are no streams. */
  readonly sizes: { readonly head: number; readonly codebook: number; readonly lineMaps: number };
}

/** The matrix that a tensor is walked as: a row each index of the first dimension; a vector or a scalar is one row. */
export function matrixOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  const rows = shape.length < 2 ? 1 : shape[0];
  return { rows, columns: elementCount(shape) / rows };
}

/** Takes a coded section apart; `weight-section.ts` writes it. @throws FormatError */
export function splitSection(source: SectionSource): SectionParts {
  const { form, bytes, shape, baseOffset } = source;
  const elements = elementCount(shape);
  if (elements === 0) throw new FormatError("out-of-range", "a tensor of no elements is coded", { offset: baseOffset });
  const reader = byteReader(bytes, { baseOffset });
  const flags = decodeFlags(reader.u8(), { form, offset: baseOffset });
  const entries = readEntries(reader, form, elements);
  const codebookStart = reader.offset;
  const centroids = readCodebook(reader, form, flags.precision);
  const mapsStart = reader.offset;
  const layout = readLayout(reader, { bytes: bytes.subarray(mapsStart - baseOffset), flags, shape });
  const mapsEnd = reader.offset;
  const firstLength = form === "dense" ? 0 : reader.varint();
  const sizes = {
    head: codebookStart - baseOffset + (reader.offset - mapsEnd),
    codebook: mapsStart - codebookStart,
    lineMaps: mapsEnd - mapsStart,
  };
  const first = { baseOffset: reader.offset, bytes: reader.bytes(firstLength) };
  const second = { baseOffset: reader.offset, bytes: reader.bytes(reader.remaining) };
  const [values, positions] = form === "gaps" ? [first, second] : [second, first];
  const { precision, gapBits } = flags;
  return { form, precision, layout, entries, gapBits, centroids, values, positions, sizes };
}

function readEntries(reader: ByteReader, form: CodedForm, elements: number): number {
  if (form === "dense") return elements;
  // Each entry is at least one element behind the one before.
  return form === "gaps" ? reader.varint({ max: elements }) : 0;
}

function readCodebook(reader: ByteReader, form: CodedForm, precision: CentroidPrecision): Float32Array {
  const offset = reader.offset;
  const centroids = readCentroids(reader, { precision, max: form === "gaps" ? MAX_CENTROIDS - 1 : MAX_CENTROIDS });
  if (form === "dense") return centroids;
  if (centroids.includes(0)) {
    throw new FormatError("not-canonical", `the codebook of the form ${form} holds 0`, { offset });
  }
  return form === "gaps" ? insertZero(centroids) : centroids;
}

function readLayout(
  reader: ByteReader,
  section: { readonly bytes: Uint8Array; readonly flags: SectionFlags; readonly shape: readonly number[] },
): Layout {
  const { order, rowMap, columnMap, lineClasses } = section.flags;
  const { rows, columns } = matrixOf(section.shape);
  if (!rowMap && !columnMap) return { rows, columns, order };
  const { maps, length } = decodeLineMaps(section.bytes, {
    rows: rowMap ? rows : undefined,
    columns: columnMap ? columns : undefined,
    coding: lineClasses ? "classes" : "live",
    baseOffset: reader.offset,
  });
  reader.bytes(length);
  return { rows, columns, order, ...maps };
}
