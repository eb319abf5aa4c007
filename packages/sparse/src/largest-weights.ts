import { thresholdWithTies } from "./magnitude-threshold";
import type { SparseVector } from "./sparse-vector";

/**
 * The weights of the largest magnitudes, exact in count, ties to the lower index (Deep Compression, section 2); zeros are
 * not among them, however many may stay. `pruned` is the sum of the squares of the others.
 *
 * @throws RangeError if a weight is NaN, which it names, or `sparsity` is not in 0..1
 */
export function largestWeights(
  weights: Float32Array,
  options: { readonly sparsity: number },
): SparseVector & { readonly pruned: number } {
  const { kept, threshold, ties } = thresholdWithTies(weights, options);
  let tied = threshold > 0 ? ties : 0;
  const positions = new Uint32Array(kept - ties + tied);
  const values = new Float32Array(positions.length);
  let pruned = 0;
  for (let i = 0, entry = 0; i < weights.length; i++) {
    const magnitude = Math.abs(weights[i]!);
    if (magnitude > threshold || (magnitude === threshold && tied-- > 0)) {
      positions[entry] = i;
      values[entry++] = weights[i]!;
    } else pruned += magnitude * magnitude;
  }
  return { length: weights.length, positions, values, pruned };
}
