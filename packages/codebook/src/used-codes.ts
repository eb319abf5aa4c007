import { allocateCodes, type Codes } from "@deep-compression/bits";

/** The codes and the codebook without the centroids that no code means. */
export function keepUsed(
  codes: Codes,
  centroids: Float32Array,
): { readonly codes: Codes; readonly centroids: Float32Array } {
  const used = new Uint8Array(centroids.length);
  for (let i = 0; i < codes.length; i++) used[codes[i]] = 1;
  if (!used.includes(0)) return { codes, centroids };
  return { codes: recode(codes, { used, length: codes.length }), centroids: centroids.filter((_, k) => used[k] === 1) };
}

/** The `length` codes that are marked as used, in order, renumbered without the others. */
export function recode(codes: Codes, options: { readonly used: Uint8Array; readonly length: number }): Codes {
  const { used, length } = options;
  const numbers = new Uint16Array(used.length);
  let next = 0;
  for (let code = 0; code < used.length; code++) {
    numbers[code] = next;
    next += used[code];
  }
  const left = allocateCodes(next, length);
  for (let i = 0, entry = 0; entry < length; i++) if (used[codes[i]] === 1) left[entry++] = numbers[codes[i]];
  return left;
}
