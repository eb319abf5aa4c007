import { allocateCodes, type Codes } from "@deep-compression/bits";
import { assign } from "./assign";
import type { SharedValues } from "./exact-codebook";

/** Values as the nearest of some centroids, without those that are the nearest of none. @throws as {@link assign} */
export function assignUsed(values: Float32Array, centroids: Float32Array): SharedValues {
  return withUsedCentroids({ codes: assign(values, centroids), centroids });
}

/** Without the centroids that no value has. */
export function withUsedCentroids({ codes, centroids }: SharedValues): SharedValues {
  const used = new Uint8Array(centroids.length);
  for (let i = 0; i < codes.length; i++) used[codes[i]!] = 1;
  const left = centroids.filter((_, k) => used[k] === 1);
  if (left.length === centroids.length) return { codes, centroids: left };
  return { codes: recode(codes, { used, length: codes.length }), centroids: left };
}

/**
 * The codes that are marked as used, in order, renumbered without the others.
 *
 * @param options.used 1 for each code that is used, else 0
 * @param options.length how many of the codes are used ones
 */
export function recode(codes: Codes, options: { readonly used: Uint8Array; readonly length: number }): Codes {
  const { used, length } = options;
  const numbers = new Uint16Array(used.length);
  let next = 0;
  for (const [code, is] of used.entries()) {
    numbers[code] = next;
    next += is;
  }
  const left = allocateCodes(next, length);
  for (let i = 0, entry = 0; entry < length; i++) {
    const code = codes[i]!;
    if (used[code] === 1) left[entry++] = numbers[code]!;
  }
  return left;
}
