import { type Codec, type Codes, type CodesOf, FormatError } from "@deep-compression/bits";
import { checkCodes, checkFloats, checkInteger } from "@deep-compression/runtime";
import { assign } from "./assign";
import { checkCentroids, MAX_SIZE } from "./check-arguments";
import { dequantize } from "./dequantize";
import { exactCodebook, type SharedValues } from "./exact-codebook";

/**
 * The codec of values that are centroids, as their codes. It is exact: what is to be shared is made so before, by
 * `dequantize(assign(values, centroids), centroids)` for example.
 *
 * @param centroids finite and strictly ascending, at most 65,536; if values come from a relative index, {@link withZero}
 * puts the value of fillers among them
 * @throws RangeError for other centroids; in `encode` if a value is no centroid, bit for bit
 * @throws FormatError in `decode`, "out-of-range" if a code is no centroid's
 */
export function codebook(centroids: Float32Array): Codec<Float32Array, Codes> {
  checkCentroids(centroids);
  const kept = new Float32Array(centroids);
  return Object.freeze({
    name: "codebook",
    encode(values: Float32Array) {
      const codes = assign(values, kept);
      for (let i = 0; i < values.length; i++) {
        if (Object.is(kept[codes[i]!], values[i])) continue;
        throw new RangeError(`values[${i}]: expected a centroid, got ${values[i]}`);
      }
      return codes;
    },
    decode(codes: Codes) {
      countCodes(codes, kept.length);
      return dequantize(codes, kept);
    },
  });
}

/**
 * The codec of values that share a few, as these and their codes: {@link exactCodebook} and {@link dequantize}. Nobody
 * needs to know the centroids beforehand. Codes are a Uint8Array for up to 256 centroids, else a Uint16Array.
 *
 * @param options.maxSize most centroids, 1..65,536; default 65,536
 * @throws RangeError in `encode` if there are more than `maxSize` distinct values, a NaN or zeros of both signs
 * @throws FormatError in `decode`, "limit-exceeded" if there are more than `maxSize` centroids, "out-of-range" if a code is
 * no centroid's, "not-canonical" if centroids do not ascend strictly or no code uses one
 */
export function sharedValues<MaxSize extends number = 65536>(options?: {
  readonly maxSize?: MaxSize;
}): Codec<Float32Array, SharedValues<CodesOf<MaxSize>>>;
export function sharedValues(options: { readonly maxSize?: number } = {}): Codec<Float32Array, SharedValues> {
  const maxSize = checkInteger("maxSize", options.maxSize ?? MAX_SIZE, { minimum: 1, maximum: MAX_SIZE });
  return Object.freeze({
    name: "shared values",
    encode(values: Float32Array) {
      const shared = exactCodebook(values, { maxSize });
      if (shared !== undefined) return shared;
      throw new RangeError(
        `values: expected at most ${maxSize} distinct ones, no NaN and zeros of one sign, got others`,
      );
    },
    decode({ centroids, codes }: SharedValues) {
      checkFloats("centroids", centroids);
      if (centroids.length > maxSize) {
        throw new FormatError("limit-exceeded", `at most ${maxSize} centroids expected, got ${centroids.length}`);
      }
      const counts = countCodes(codes, centroids.length);
      let before = Number.NEGATIVE_INFINITY;
      for (const [i, centroid] of centroids.entries()) {
        if (Number.isNaN(centroid) || (i > 0 && centroid <= before)) {
          throw new FormatError("not-canonical", "the centroids do not ascend");
        }
        if (counts[i] === 0) throw new FormatError("not-canonical", `no code uses centroid ${i}`);
        before = centroid;
      }
      return dequantize(codes, centroids);
    },
  });
}

/** How many codes each centroid has. @throws FormatError for a code that is no centroid's */
function countCodes(codes: Codes, size: number): Uint32Array {
  checkCodes("codes", codes);
  const counts = new Uint32Array(size);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= size) throw new FormatError("out-of-range", `codes[${i}]: expected under ${size}, got ${code}`);
    counts[code]!++;
  }
  return counts;
}
