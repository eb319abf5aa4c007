import { largestWeights } from "./largest-weights";
import { keptCount } from "./magnitude-threshold";
import { findNotFinite } from "./not-finite";
import { sparseVector } from "./sparse-vector";

/** The weights of a tensor that pruning leaves, row-major, and what it took. */
export interface PrunedWeights {
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

export interface PruneOptions {
  /** Fraction of the weights that become zero, 0..1, the smallest by magnitude first. Default 0. */
  readonly sparsity?: number;
  /** "keep": a tensor with a -0 keeps all its elements as values. Default "drop": -0 is a zero like others. */
  readonly negativeZero?: "keep" | "drop";
  /** "always": positions are told however dense the tensor is. Default "auto": not if it is large and mostly not zero. */
  readonly positions?: "always" | "auto";
}

/** A tensor of at most so many elements is taken apart into positions and values, however dense it is. */
const MAX_SPLIT_ELEMENTS = 2 ** 22;

/**
 * The weights that pruning by magnitude leaves (Deep Compression, section 2); undefined if one of all is not finite.
 *
 * @throws RangeError if the sparsity is not in 0..1
 */
export function pruneWeights(values: Float32Array, options: PruneOptions = {}): PrunedWeights | undefined {
  const kept = keptWeights(values, options);
  // What is not finite is not zero, and its magnitude not small.
  return findNotFinite(kept.values) < 0 ? kept : undefined;
}

function keptWeights(values: Float32Array, options: PruneOptions): PrunedWeights {
  const { sparsity, negativeZero = "drop", positions = "auto" } = options;
  const { length } = values;
  if (sparsity !== undefined && prunes(length, sparsity)) {
    if (findNotFinite(values) >= 0) return { length, values, energy: 0, pruned: 0 };
    return { ...largestWeights(values, { sparsity }), energy: sumOfSquares(values) };
  }
  const whole = (all: Float32Array) => ({ length, values: all, energy: sumOfSquares(all), pruned: 0 });
  if (negativeZero === "keep" && holdsNegativeZero(values)) return whole(values);
  if (positions === "auto" && length > MAX_SPLIT_ELEMENTS && mostlyNonZero(values)) {
    return whole(holdsNegativeZero(values) ? values.map((value) => value + 0) : values);
  }
  const kept = sparseVector(values);
  return { ...kept, energy: sumOfSquares(kept.values), pruned: 0 };
}

/** Whether a sparsity takes any of so many weights; if it does, every zero of the tensor becomes +0. @throws RangeError */
export function prunes(length: number, sparsity: number | undefined): boolean {
  return sparsity !== undefined && keptCount(length, { sparsity }) < length;
}

function holdsNegativeZero(values: Float32Array): boolean {
  return new Int32Array(values.buffer, values.byteOffset, values.length).includes(-0x80000000);
}

/** Whether most elements of a sample are not zero. */
function mostlyNonZero(values: Float32Array): boolean {
  const samples = 512;
  let nonZeros = 0;
  for (let i = 0; i < samples; i++) if (values[Math.floor(((i + 0.5) * values.length) / samples)] !== 0) nonZeros++;
  return 2 * nonZeros > samples;
}

/** In float64. */
function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
