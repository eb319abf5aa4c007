import { allocateCodes, type Codes } from "@deep-compression/bits";
import { dequantize } from "@deep-compression/codebook";
import type { Grid } from "@deep-compression/context-coding";
import { checkInteger } from "@deep-compression/runtime";
import {
  type BitmaskVector,
  decodeGaps,
  decodeMask,
  denseFromBitmask,
  denseFromGaps,
  type GapVector,
  type Layout,
  type LineScales,
  positionOfOne,
  type ScanSlice,
  scaleScan,
  toRowMajor,
} from "@deep-compression/sparse";

/** What a weight in codes may have besides: an element is its centroid times fround(scale of its row * scale of its column). */
interface Scaled {
  readonly scales?: LineScales;
}

/** A float32 tensor as a `.dcz` file holds it (docs/format.md, "Tensor forms"). */
export type StoredWeight =
  | { readonly form: "raw"; readonly values: Float32Array }
  /** One code an element, row-major. */
  | (Scaled & { readonly form: "dense"; readonly codes: Codes; readonly centroids: Float32Array })
  /** One code an entry; a filler's code is the index of the centroid 0, which is always there. */
  | (Scaled & {
      readonly form: "gaps";
      readonly layout: Layout;
      readonly gaps: GapVector<Codes>;
      readonly centroids: Float32Array;
    })
  /** One code a set bit of the mask; 0 is not among the centroids. */
  | (Scaled & {
      readonly form: "bitmask";
      readonly layout: Layout;
      readonly mask: BitmaskVector<Codes>;
      readonly centroids: Float32Array;
      /** Where the layout has levels: how many bytes of the mask, from the first, are told by runs. */
      readonly runBytes?: number;
    })
  /** One code an element, row-major. The grid is that of the columns. */
  | (Scaled & {
      readonly form: "context";
      readonly codes: Codes;
      readonly centroids: Float32Array;
      readonly grid?: Grid;
      /** The code that is told in the fewest bits; absent: that of the centroid 0, which is always there. */
      readonly center?: number;
    });

/** A weight of one form. */
export type WeightOf<F extends StoredWeight["form"]> = Extract<StoredWeight, { form: F }>;

/** The forms that have codes. */
export type CodedWeight = WeightOf<"dense" | "gaps" | "bitmask" | "context">;

/**
 * The weights that have codes: positions in the row-major tensor and codes, one an entry, in the order they are stored. Scales are
 * the weight's.
 */
export interface WeightEntries {
  readonly positions: Uint32Array;
  readonly codes: Codes;
}

/**
 * The entries of a weight, found without building the tensor: memory is proportional to the entries.
 *
 * @throws FormatError if the gaps or the mask do not decode
 */
export function weightEntries(stored: CodedWeight): WeightEntries {
  if (stored.form === "dense") {
    return { positions: Uint32Array.from(stored.codes, (_, position) => position), codes: stored.codes };
  }
  if (stored.form === "context") return entriesOfCodes(stored);
  const { positions, values } = stored.form === "gaps" ? decodedGaps(stored) : decodeMask(stored.mask);
  return { positions: toRowMajor(stored.layout, positions), codes: values };
}

/** The elements of another code than that of 0. */
function entriesOfCodes({ codes, centroids }: WeightOf<"context">): WeightEntries {
  const zero = fillerOf(centroids);
  let length = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) length++;
  const positions = new Uint32Array(length);
  const own = allocateCodes(centroids.length, length);
  for (let i = 0, entry = 0; entry < length; i++) {
    if (codes[i] === zero) continue;
    positions[entry] = i;
    own[entry++] = codes[i]!;
  }
  return { positions, codes: own };
}

function decodedGaps({ gaps, centroids }: WeightOf<"gaps">) {
  const gapBits = checkInteger("gapBits", gaps.gapBits, { minimum: 1, maximum: 8 });
  return decodeGaps(gaps, { gapBits, filler: fillerOf(centroids) });
}

/** The code of fillers; one that no entry has, if 0 is none of the centroids. */
function fillerOf(centroids: Float32Array): number {
  const zero = centroids.indexOf(0);
  return zero < 0 ? centroids.length : zero;
}

/** Checks that the entries of a weight stand where they can. @throws FormatError */
export function checkEntries(stored: CodedWeight): void {
  if (stored.form === "bitmask") decodeMask(stored.mask);
  else if (stored.form === "gaps") decodedGaps(stored);
}

/** What one of several threads does of a weight. */
export interface WeightSlice {
  /** All its elements, row-major, 0 until they are written: memory that the threads share. */
  readonly into: Float32Array;
  /** Where the slice begins and ends in the weight's scan order, as fractions of its entries from 0 to 1. */
  readonly from: number;
  readonly to: number;
}

/**
 * The elements of a weight, row-major: all of them in a new array, or a slice of them in one that is there.
 *
 * @throws FormatError if the gaps or the mask do not decode, as far as the slice tells
 */
export function dequantizeWeight(stored: StoredWeight, slice?: WeightSlice): Float32Array {
  if (stored.form === "raw") return stored.values;
  const dense = unscaledWeight(stored, slice);
  const { scales } = stored;
  if (scales === undefined) return dense;
  scaleScan(dense, { layout: layoutOf(stored, scales), scales, ...(slice && { slice: scanSlice(stored, slice) }) });
  return dense;
}

/** The layout of a weight with scales. */
function layoutOf(stored: CodedWeight, scales: LineScales): Layout {
  if (stored.form === "gaps" || stored.form === "bitmask") return stored.layout;
  const { length } = stored.codes;
  const rows = scales.rows?.length ?? length / (scales.columns?.length ?? length);
  return { rows, columns: length / rows, order: "row-major" };
}

function unscaledWeight(stored: CodedWeight, slice: WeightSlice | undefined): Float32Array {
  const { centroids } = stored;
  if (stored.form === "dense" || stored.form === "context") return dequantizeCodes(stored.codes, centroids, slice);
  const { layout } = stored;
  const options = { layout, centroids, ...(slice && { into: slice.into, slice: scanSlice(stored, slice) }) };
  if (stored.form === "bitmask") return denseFromBitmask(stored.mask, options);
  return denseFromGaps(stored.gaps, { ...options, filler: fillerOf(centroids) });
}

function dequantizeCodes(codes: Codes, centroids: Float32Array, slice: WeightSlice | undefined): Float32Array {
  if (slice === undefined) return dequantize(codes, centroids);
  const { from, to } = sliceOf(codes.length, slice);
  dequantize(codes.subarray(from, to), centroids, { into: slice.into.subarray(from, to) });
  return slice.into;
}

function sliceOf(length: number, { from, to }: WeightSlice): ScanSlice {
  return { from: Math.floor(length * from), to: Math.floor(length * to) };
}

/** The scan positions of a slice: entries, not positions, take the time, and dense submatrices stand together in the scan. */
function scanSlice(stored: CodedWeight, slice: WeightSlice): ScanSlice {
  if (stored.form === "dense" || stored.form === "context") return sliceOf(stored.codes.length, slice);
  const { from, to } = slice;
  const { length, values } = stored.form === "gaps" ? stored.gaps : stored.mask;
  const positionAt = (fraction: number) => {
    if (fraction === 0 || fraction === 1) return fraction * length;
    const entries = Math.floor(fraction * values.length);
    const position =
      stored.form === "gaps" ? positionOfEntry(stored.gaps, entries) : positionOfOne(stored.mask.mask, entries);
    return Math.min(position, length);
  };
  return { from: positionAt(from), to: positionAt(to) };
}

/** The scan position of the entry before which so many others stand. */
function positionOfEntry({ gaps }: GapVector<Codes>, entries: number): number {
  let position = 0;
  for (let i = 0; i < entries; i++) position += gaps[i]! + 1;
  return position;
}
