import type { Codes } from "@deep-compression/bits";
import { checkCodes, checkFloats, checkInteger, checkLength } from "@deep-compression/runtime";

/** The largest codebook: a code is at most 16 bits. */
export const MAX_SIZE = 65536;

/**
 * The weights that codes stand for: `centroids[codes[i]]`, bit for bit. They are written to `into`, as many elements as
 * codes; by default to a new array.
 * RangeError for a code past the codebook, which it names, and for an `into` of another length.
 */
export function dequantize(
  codes: Codes,
  centroids: Float32Array,
  options: { readonly into?: Float32Array } = {},
): Float32Array {
  checkCodes("codes", codes);
  checkFloats("centroids", centroids);
  const values = options.into ?? new Float32Array(codes.length);
  checkFloats("into", values);
  checkLength("into", values.length, codes.length);
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] >= centroids.length) throw codeError(codes, i, centroids.length);
    values[i] = centroids[codes[i]];
  }
  return values;
}

/**
 * The gradient of each shared weight (Deep Compression, section 3.3, eq. 3): dL/dC_k is the sum of the gradients of the
 * weights whose code is k; 0 for a centroid that no weight uses. Summed in float64.
 * RangeError if gradients and codes differ in length, or for a code of `size` or more, which it names.
 */
export function centroidGradients(
  gradients: Float32Array,
  codes: Codes,
  options: { readonly size: number },
): Float64Array {
  const { size } = options;
  checkFloats("gradients", gradients);
  checkCodes("codes", codes);
  checkInteger("size", size, { minimum: 0, maximum: MAX_SIZE });
  checkLength("codes", codes.length, gradients.length);
  const sums = new Float64Array(size);
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] >= size) throw codeError(codes, i, size);
    sums[codes[i]] += gradients[i];
  }
  return sums;
}

function codeError(codes: Codes, i: number, size: number): RangeError {
  return new RangeError(`codes[${i}]: expected under ${size}, got ${codes[i]}`);
}
