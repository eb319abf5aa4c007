import type { Codes } from "@deep-compression/bits";
import { checkCodes, checkFloats, checkInteger, checkLength } from "@deep-compression/runtime";
import { codeError, MAX_SIZE } from "./check-arguments";

/**
 * The gradient of each of `size` centroids (Deep Compression, section 3.3, eq. 3): dL/dC_k is the sum of the gradients of the
 * weights whose code is k; 0 for a centroid that no weight uses. Summed in float64.
 *
 * @throws RangeError if gradients and codes differ in number, or a code is `size` or more, which it names
 */
export function centroidGradients(
  gradients: Float32Array,
  codes: Codes,
  options: { readonly size: number },
): Float64Array {
  const { size } = options;
  checkFloats("gradients", gradients);
  checkCodes("codes", codes);
  checkInteger("size", size, { maximum: MAX_SIZE });
  checkLength("codes", codes.length, gradients.length);
  const sums = new Float64Array(size);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= size) throw codeError(codes, i, size);
    sums[code]! += gradients[i]!;
  }
  return sums;
}
