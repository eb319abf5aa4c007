import { checkFloats, checkInteger, checkNumber, type KernelOption } from "@deep-compression/runtime";
import { checkNoNaN } from "./not-finite";
import { selectLargest } from "./select-largest";

/** How many of `count` weights stay: count - Math.round(sparsity * count). @throws TypeError, RangeError */
export function keptCount(count: number, options: { readonly sparsity: number }): number {
  checkInteger("count", count);
  const sparsity = checkNumber("sparsity", options?.sparsity, { minimum: 0, maximum: 1 });
  return count - Math.round(sparsity * count);
}

/** What a threshold takes: a sparsity, 0 to 1, and which kernels. */
type ThresholdOptions = { readonly sparsity: number } & KernelOption;

/**
 * The threshold of magnitude pruning (Deep Compression, section 2): the smallest magnitude that is kept, exactly.
 * |w| >= threshold holds for the {@link keptCount} of weights that stay, and for those that tie with the last of them
 * besides ({@link keepMask} breaks the ties). Infinity if none is to be kept. No sort, no copy of the weights.
 *
 * @throws RangeError if a weight is NaN, which it names, or `sparsity` is not in 0..1
 */
export function magnitudeThreshold(weights: Float32Array, options: ThresholdOptions): number {
  return thresholdWithTies(weights, options).threshold;
}

/** The same with the number of weights that stay, and how many of those are equal to the threshold. */
export function thresholdWithTies(weights: Float32Array, options: ThresholdOptions) {
  checkFloats("weights", weights);
  const kept = keptCount(weights.length, options);
  if (kept === 0) {
    checkNoNaN("weights", weights, options);
    return { kept, threshold: Number.POSITIVE_INFINITY, ties: 0 };
  }
  const { threshold, ties, mayHaveNaN } = selectLargest([weights], kept, options);
  if (mayHaveNaN) checkNoNaN("weights", weights, options);
  return { kept, threshold, ties };
}
