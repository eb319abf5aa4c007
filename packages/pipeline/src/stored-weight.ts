import type { Codes } from "@deep-compression/bits";
import { dequantize } from "@deep-compression/codebook";
import {
  type BitmaskVector,
  bitmask,
  denseFromBitmask,
  denseFromGaps,
  type GapVector,
  type Layout,
  relativeIndex,
  type ScanSlice,
} from "@deep-compression/sparse";

/** A float32 tensor as a `.dcz` file holds it (docs/format.md, "Tensor forms"). */
export type StoredWeight =
  | { readonly form: "raw"; readonly values: Float32Array }
  /** One code an element, row-major. */
  | { readonly form: "dense"; readonly codes: Codes; readonly centroids: Float32Array }
  /** One code an entry; a filler's code is the index of the centroid 0, which is always there. */
  | {
      readonly form: "gaps";
      readonly layout: Layout;
      readonly gaps: GapVector<Codes>;
      readonly centroids: Float32Array;
    }
  /** One code a set bit of the mask; 0 is not among the centroids. */
  | {
      readonly form: "bitmask";
      readonly layout: Layout;
      readonly mask: BitmaskVector<Codes>;
      readonly centroids: Float32Array;
    };

/** The forms that have codes. */
export type CodedWeight = Exclude<StoredWeight, { form: "raw" }>;

/** The number of centroids below zero: the place of 0 among them, and so the code of a filler. */
export function zeroIndex(centroids: Float32Array): number {
  return centroids.reduce((below, centroid) => below + (centroid < 0 ? 1 : 0), 0);
}

/** The centroids with 0 at its place among them; none of them is 0. */
export function insertZero(centroids: Float32Array): Float32Array {
  const zero = zeroIndex(centroids);
  const all = new Float32Array(centroids.length + 1);
  all.set(centroids.subarray(0, zero));
  all.set(centroids.subarray(zero), zero + 1);
  return all;
}

/** Checks that the entries of a weight stand where they can, without building it. @throws FormatError */
export function checkEntries(stored: CodedWeight): void {
  if (stored.form === "bitmask") bitmask<Codes>().decode(stored.mask);
  if (stored.form !== "gaps") return;
  const { gaps, centroids } = stored;
  relativeIndex<Codes>({ gapBits: gaps.gapBits, filler: zeroIndex(centroids) }).decode(gaps);
}

/**
 * All elements of a stored weight, row-major.
 *
 * @throws FormatError if the gaps or the mask do not decode
 */
export function expandWeight(stored: StoredWeight): Float32Array {
  return stored.form === "raw" ? stored.values : expandCoded(stored);
}

/** What one of several threads does of a weight. */
export interface WeightShare {
  /** All its elements, row-major, 0 until they are written: memory that the threads share. */
  readonly into: Float32Array;
  /** Where the share begins and ends in the weight's walk, from 0 to 1. */
  readonly from: number;
  readonly to: number;
}

/**
 * The elements of a weight in codes, row-major: all of them in a new array, or a share of them in one that is there.
 *
 * @throws FormatError if the gaps or the mask do not decode, as far as the share tells
 */
export function expandCoded(stored: CodedWeight, share?: WeightShare): Float32Array {
  const { centroids } = stored;
  if (stored.form === "dense") return expandCodes(stored.codes, centroids, share);
  const { layout } = stored;
  const walked = stored.form === "gaps" ? stored.gaps : stored.mask;
  const options = { layout, centroids, ...(share && { into: share.into, part: partOf(walked.length, share) }) };
  if (stored.form === "bitmask") return denseFromBitmask(stored.mask, options);
  return denseFromGaps(stored.gaps, { ...options, filler: zeroIndex(centroids) });
}

function expandCodes(codes: Codes, centroids: Float32Array, share: WeightShare | undefined): Float32Array {
  if (share === undefined) return dequantize(codes, centroids);
  const { from, to } = partOf(codes.length, share);
  dequantize(codes.subarray(from, to), centroids, { into: share.into.subarray(from, to) });
  return share.into;
}

function partOf(length: number, share: WeightShare): ScanSlice {
  return { from: Math.floor(length * share.from), to: Math.floor(length * share.to) };
}
