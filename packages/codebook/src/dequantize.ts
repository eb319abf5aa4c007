import type { Codes } from "@deep-compression/bits";
import { checkCodes, checkFloats, checkLength } from "@deep-compression/runtime";
import { codeError } from "./check-arguments";

/**
 * The values that codes stand for: centroids[codes[i]], bit for bit.
 *
 * @param options.into where they are written, as many elements as codes; default a new array
 * @throws RangeError if a code is no centroid's, which it names, or `into` has another length
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
    const code = codes[i]!;
    if (code >= centroids.length) throw codeError(codes, i, centroids.length);
    values[i] = centroids[code]!;
  }
  return values;
}
