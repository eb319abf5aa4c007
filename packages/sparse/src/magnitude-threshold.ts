import { checkInteger } from "@deep-compression/runtime";
import { checkFloats } from "./check";
import { checkNoNaN } from "./finite";
import type { KernelOption } from "./float-kernels";
import { selectLargest } from "./select-largest";

/** How many of `count` weights stay at a sparsity: `count - Math.round(sparsity * count)`. RangeError if `sparsity` is outside [0, 1]. */
export function keptCount(count: number, options: { readonly sparsity: number }): number {
  checkInteger("count", count);
  const sparsity = options?.sparsity;
  if (typeof sparsity !== "number") throw new TypeError(`sparsity: expected a number, got ${typeof sparsity}`);
  if (!(sparsity >= 0 && sparsity <= 1)) throw new RangeError(`sparsity: expected from 0 to 1, got ${sparsity}`);
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
