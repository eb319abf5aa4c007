import type { Codes } from "@deep-compression/bits";
import { expand } from "@deep-compression/codebook";
import {
  type BitmaskVector,
  bitmask,
  denseFromBitmask,
  denseFromGaps,
  type GapVector,
  type Layout,
  relativeIndex,
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
  if (stored.form === "raw") return stored.values;
  const { centroids } = stored;
  if (stored.form === "dense") return expand(stored.codes, centroids);
  const { layout } = stored;
  if (stored.form === "bitmask") return denseFromBitmask(stored.mask, { layout, centroids });
  return denseFromGaps(stored.gaps, { layout, centroids, filler: zeroIndex(centroids) });
}
