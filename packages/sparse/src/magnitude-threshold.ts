import { checkFloats, checkInteger, checkNumber, type KernelOption } from "@deep-compression/runtime";
import { checkNoNaN } from "./not-finite";
import { selectLargest } from "./select-largest";

/** How many of `count` weights stay at a sparsity: `count - Math.round(sparsity * count)`. RangeError if `sparsity` is outside [0, 1]. */
export function keptCount(count: number, options: { readonly sparsity: number }): number {
  checkInteger("count", count);
  const sparsity = checkNumber("sparsity", options?.sparsity, { minimum: 0, maximum: 1 });
  return count - Math.round(sparsity * count);
}

/**
 * The threshold of magnitude pruning (Deep Compression, section 2): the smallest magnitude that is kept, exactly.
 * `|w| >= threshold` holds for `keptCount(weights.length, options)` weights, and for those that tie with the last of
 * them besides (`keepMask` breaks the ties). Infinity if none is to be kept. No sort, no copy of the weights.
 * RangeError for a NaN weight (it has no magnitude), which it names, or a sparsity outside [0, 1].
 */
export function magnitudeThreshold(
  weights: Float32Array,
  options: { readonly sparsity: number } & KernelOption,
): number {
  checkFloats("weights", weights);
  const kept = keptCount(weights.length, options);
  checkNoNaN("weights", weights, options);
  return kept === 0 ? Number.POSITIVE_INFINITY : selectLargest([weights], kept, options).threshold;
}
