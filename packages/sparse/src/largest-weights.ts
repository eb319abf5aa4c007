import { keptCount, magnitudeThreshold } from "./magnitude-threshold";
import type { SparseVector } from "./sparse-vector";

/**
 * The weights of the largest magnitudes, exact in count, ties to the lower index (Deep Compression, section 2); zeros are
 * not among them, however many may stay. `pruned` is the sum of the squares of the others.
 *
 * @throws RangeError for a NaN weight, which it names, or a sparsity outside 0..1
 */
export function largestWeights(
  weights: Float32Array,
  options: { readonly sparsity: number },
): SparseVector & { readonly pruned: number } {
  const { length } = weights;
  const threshold = magnitudeThreshold(weights, options);
  let above = 0;
  let tied = 0;
  for (let i = 0; i < length; i++) {
    const magnitude = Math.abs(weights[i]);
    if (magnitude > threshold) above++;
    else if (magnitude === threshold && magnitude > 0) tied++;
  }
  let ties = Math.min(keptCount(length, options) - above, tied);
  const positions = new Uint32Array(above + ties);
  const values = new Float32Array(above + ties);
  let pruned = 0;
  for (let i = 0, entry = 0; i < length; i++) {
    const magnitude = Math.abs(weights[i]);
    if (magnitude > threshold || (magnitude === threshold && magnitude > 0 && ties-- > 0)) {
      positions[entry] = i;
      values[entry++] = weights[i];
    } else pruned += magnitude * magnitude;
  }
  return { length, positions, values, pruned };
}
