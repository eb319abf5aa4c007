import type { Codes } from "@deep-compression/bits";
import { expand } from "@deep-compression/codebook";
import {
  type BitmaskVector,
  bitmask,
  denseVector,
  type GapVector,
  type Layout,
  relativeIndex,
  type SparseVector,
  unwalk,
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

/**
 * The entries of a sparse weight: positions in the walk, ascending, and codes; fillers are left out.
 *
 * @throws FormatError if the gaps or the mask do not decode
 */
export function entriesOf(stored: Exclude<CodedWeight, { form: "dense" }>): SparseVector<Codes> {
  if (stored.form === "bitmask") return bitmask<Codes>().decode(stored.mask);
  const { gaps, centroids } = stored;
  return relativeIndex<Codes>({ gapBits: gaps.gapBits, filler: zeroIndex(centroids) }).decode(gaps);
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
  const { length, positions, values } = entriesOf(stored);
  return unwalk(stored.layout, denseVector({ length, positions, values: expand(values, centroids) }));
}
