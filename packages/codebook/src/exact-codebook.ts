import { allocateCodes, type Codes } from "@deep-compression/bits";
import { checkFloats, checkInteger } from "@deep-compression/runtime";
import { MAX_SIZE } from "./check-arguments";

/** Values as a few that they share, ascending, and the code of each. */
export interface SharedValues<C extends Codes = Codes> {
  readonly centroids: Float32Array;
  readonly codes: C;
}

/**
 * The lossless codebook: the distinct values, ascending, and the code of each, so that {@link dequantize} gives the values
 * back bit for bit. Undefined if there is none: more than `maxSize` (default 65,536) distinct values, a NaN (which has no
 * place in the order), or zeros of both signs (which are equal but not the same bits). Infinities are values like others.
 *
 * @throws TypeError unless values are a Float32Array, RangeError unless `maxSize` is in 1..65,536
 */
export function exactCodebook(
  values: Float32Array,
  options: { readonly maxSize?: number } = {},
): SharedValues | undefined {
  checkFloats("values", values);
  const maxSize = checkInteger("maxSize", options.maxSize ?? MAX_SIZE, { minimum: 1, maximum: MAX_SIZE });
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const distinct = distinctBits(bits, maxSize);
  if (distinct === undefined) return undefined;
  const centroids = new Float32Array(Int32Array.from(distinct).buffer).sort();
  if (centroids.some((centroid, i) => Number.isNaN(centroid) || centroid === centroids[i - 1])) return undefined;
  const codeOf = new Map(Array.from(new Int32Array(centroids.buffer), (pattern, code) => [pattern, code] as const));
  const codes = allocateCodes(centroids.length, values.length);
  for (let i = 0; i < bits.length; i++) codes[i] = codeOf.get(bits[i]!) ?? 0;
  return { centroids, codes };
}

/** The distinct bit patterns, or undefined as soon as there are more than `maxSize`. */
function distinctBits(bits: Int32Array, maxSize: number): ReadonlySet<number> | undefined {
  const distinct = new Set<number>();
  for (let i = 0; i < bits.length; i++) {
    distinct.add(bits[i]!);
    if (distinct.size > maxSize) return undefined;
  }
  return distinct;
}
