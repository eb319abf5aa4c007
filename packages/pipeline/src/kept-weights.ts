import { findNotFinite, keptCount, magnitudeThreshold, sparseVector } from "@deep-compression/sparse";
import { inFloat16Range } from "./centroid-bytes";
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
 * The weights that pruning by magnitude leaves (Deep Compression, section 2); undefined if one is not finite. Positions are
 * told unless most elements of a large tensor are kept, or the sign of a -0 has to be.
 */
export function keptWeights(
  values: Float32Array,
  plan: Pick<TensorPlan, "sparsity" | "share" | "maxError" | "centroids" | "zeros" | "negativeZero">,
): KeptWeights | undefined {
  const kept = weightsOf(values, plan);
  // What is not finite is not zero, and its magnitude not small.
  return findNotFinite(kept.values) < 0 ? kept : undefined;
}

function weightsOf(values: Float32Array, plan: Parameters<typeof keptWeights>[1]): KeptWeights {
  const { sparsity, share = "exact", centroids, zeros, negativeZero = "keep" } = plan;
  const byRate = isRatePlan(share) || (plan.maxError ?? 0) > 0;
  const { length } = values;
  if (sparsity !== undefined && prunes(length, sparsity)) {
    if (findNotFinite(values) >= 0) return { length, values, energy: 0, pruned: 0 };
    return { length, ...largestWeights(values, sparsity), energy: sumOfSquares(values) };
  }
  const whole = (all: Float32Array) => ({ length, values: all, energy: sumOfSquares(all), pruned: 0 });
  const mayBeSigned = !byRate && share === "exact" && negativeZero === "keep" && holdsNegativeZero(values);
  if (mayBeSigned && !(centroids === "float16" && inFloat16Range(values))) return whole(values);
  const splits = length <= SPLIT_ELEMENTS || (byRate ? zeros === "keep" : typeof share === "object");
  if (!splits && mostlyNonZero(values))
    return whole(holdsNegativeZero(values) ? values.map((value) => value + 0) : values);
  const { positions, values: kept } = sparseVector(values);
  return { length, positions, values: kept, energy: sumOfSquares(kept), pruned: 0 };
}

/** Whether pruning takes any of so many weights; if it does, every zero of the tensor becomes +0. */
export function prunes(length: number, sparsity: number | undefined): boolean {
  return sparsity !== undefined && keptCount(length, { sparsity }) < length;
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
function largestWeights(
  values: Float32Array,
  sparsity: number,
): { readonly positions: Uint32Array; readonly values: Float32Array; readonly pruned: number } {
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
  let pruned = 0;
  for (let i = 0, entry = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > threshold || (magnitude === threshold && magnitude > 0 && ties-- > 0)) {
      positions[entry] = i;
      kept[entry++] = values[i];
    } else pruned += magnitude * magnitude;
  }
  return { positions, values: kept, pruned };
}

function holdsNegativeZero(values: Float32Array): boolean {
  return new Int32Array(values.buffer, values.byteOffset, values.length).includes(-0x80000000);
}

/** By a sample. */
function mostlyNonZero(values: Float32Array): boolean {
  const samples = 512;
  let nonZeros = 0;
  for (let i = 0; i < samples; i++) if (values[Math.floor(((i + 0.5) * values.length) / samples)] !== 0) nonZeros++;
  return 2 * nonZeros > samples;
}

/** In float64. */
export function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}
