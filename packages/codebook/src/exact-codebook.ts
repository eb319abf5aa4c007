import { allocateCodes, type Codes } from "@deep-compression/bits";
import { checkFloats, checkInteger } from "@deep-compression/runtime";
import { MAX_SIZE as largestSize } from "./dequantize";

/**
 * The lossless codebook: the distinct values, ascending, and each value's code, so that expanding gives the values back
 * bit for bit. Undefined if there is none: more than `maxSize` (default 65,536) distinct values, a NaN (which has no
 * place in the order), or zeros of both signs (which are equal but not the same bits). Infinities are values like others.
 */
export function exactCodebook(
  values: Float32Array,
  options: { readonly maxSize?: number } = {},
): { readonly centroids: Float32Array; readonly codes: Codes } | undefined {
  checkFloats("values", values);
  const limit = checkInteger("maxSize", options.maxSize ?? largestSize, { minimum: 1, maximum: largestSize });
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const distinct = distinctBits(bits, limit);
  if (distinct === undefined) return undefined;
  const centroids = new Float32Array(Int32Array.from(distinct).buffer).sort();
  for (let i = 0; i < centroids.length; i++) {
    if (Number.isNaN(centroids[i]) || (i > 0 && centroids[i] === centroids[i - 1])) return undefined;
  }
  const codeOf = new Map<number, number>();
  new Int32Array(centroids.buffer).forEach((pattern, code) => {
    codeOf.set(pattern, code);
  });
  const codes = allocateCodes(centroids.length, values.length);
  for (let i = 0; i < bits.length; i++) codes[i] = codeOf.get(bits[i]) ?? 0;
  return { centroids, codes };
}

/** The distinct bit patterns, or undefined as soon as there are more than `limit`. */
function distinctBits(bits: Int32Array, limit: number): ReadonlySet<number> | undefined {
  const distinct = new Set<number>();
  for (let i = 0; i < bits.length; i++) {
    distinct.add(bits[i]);
    if (distinct.size > limit) return undefined;
  }
  return distinct;
}
