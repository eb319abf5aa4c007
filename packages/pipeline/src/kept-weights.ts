import { keptCount, magnitudeThreshold, sparseVector } from "@deep-compression/sparse";
import { isRatePlan, type TensorPlan } from "./plan";

/** The weights of a tensor that are left to share values, row-major, and what pruning took. */
export interface KeptWeights {
  /** Elements of the tensor. */
  readonly length: number;
  /** Where `values` stand; all other elements are +0. Absent: every element is among the values. */
  readonly positions?: Uint32Array;
  readonly values: Float32Array;
  /** Sum of squares of the tensor as it came. */
  readonly energy: number;
  /** Sum of squares of the weights that became zero. */
  readonly pruned: number;
}

/** A tensor of fewer elements is always taken apart into positions and values, however dense it is. */
const SPLIT_ELEMENTS = 2 ** 22;

/**
 * The weights that pruning by magnitude leaves (Deep Compression, section 2). `values` must be finite. Positions are
 * told unless most elements of a large tensor are kept, or the sign of a -0 has to be.
 */
export function keptWeights(
  values: Float32Array,
  plan: Pick<TensorPlan, "sparsity" | "share" | "centroids" | "zeros" | "negativeZero">,
): KeptWeights {
  const { sparsity, share = "exact", centroids, zeros, negativeZero = "keep" } = plan;
  const { length } = values;
  const energy = sumOfSquares(values);
  if (sparsity !== undefined) {
    const { positions, values: kept } = largestWeights(values, sparsity);
    return { length, positions, values: kept, energy, pruned: Math.max(0, energy - sumOfSquares(kept)) };
  }
  const { nonZeros, negativeZeros } = countZeros(values);
  const signed = negativeZeros > 0 && negativeZero === "keep" && share === "exact" && centroids !== "float16";
  if (signed) return { length, values, energy, pruned: 0 };
  const zerosAlike = share === "exact" || (isRatePlan(share) && (zeros !== "keep" || nonZeros === length));
  if (length > SPLIT_ELEMENTS && 2 * nonZeros > length && zerosAlike) {
    return { length, values: negativeZeros > 0 ? values.map((value) => value + 0) : values, energy, pruned: 0 };
  }
  const { positions, values: kept } = sparseVector(values);
  return { length, positions, values: kept, energy, pruned: 0 };
}

/** All elements of a tensor of which the weights are kept. */
export function unkept({
  length,
  positions,
  values,
}: Pick<KeptWeights, "length" | "positions" | "values">): Float32Array {
  if (positions === undefined) return values;
  const dense = new Float32Array(length);
  for (let i = 0; i < positions.length; i++) dense[positions[i]] = values[i];
  return dense;
}

/** The largest magnitudes, exact in count, ties to the lower index; zeros are not among them, however many may stay. */
function largestWeights(values: Float32Array, sparsity: number): { positions: Uint32Array; values: Float32Array } {
  const wanted = keptCount(values.length, { sparsity });
  const threshold = magnitudeThreshold(values, { sparsity });
  let above = 0;
  let tied = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > threshold) above++;
    else if (magnitude === threshold && magnitude > 0) tied++;
  }
  let ties = Math.min(wanted - above, tied);
  const positions = new Uint32Array(above + ties);
  const kept = new Float32Array(above + ties);
  for (let i = 0, entry = 0; entry < kept.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (!(magnitude > threshold || (magnitude === threshold && magnitude > 0 && ties-- > 0))) continue;
    positions[entry] = i;
    kept[entry++] = values[i];
  }
  return { positions, values: kept };
}

function countZeros(values: Float32Array): { readonly nonZeros: number; readonly negativeZeros: number } {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let notPositiveZero = 0;
  let negativeZeros = 0;
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === 0) continue;
    notPositiveZero++;
    if (bits[i] === -0x80000000) negativeZeros++;
  }
  return { nonZeros: notPositiveZero - negativeZeros, negativeZeros };
}

/** In float64. */
export function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}
