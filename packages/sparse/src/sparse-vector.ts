import { checkLength, type KernelOption } from "@deep-compression/runtime";
import { checkPositions, checkValues } from "./check-arguments";
import { blocksOf, type FloatKernels, floatKernels } from "./float-kernels";
import { allocateLike, canHold, type Values } from "./value-arrays";

/** The elements of a vector that are not zero: positions strictly ascending and under `length`, and a value for each. */
export interface SparseVector<V extends Values = Float32Array> {
  readonly length: number;
  readonly positions: Uint32Array;
  readonly values: V;
}

/** The value that is not stored: default 0; for codes, the index of the centroid 0. */
export interface ZeroOption {
  readonly zero?: number;
}

/**
 * The elements that differ from `zero`. -0 counts as 0: it is left out and comes back as +0; NaN and infinities are kept as
 * they are. WebAssembly goes through Float32Arrays unless `kernels` says "plain".
 *
 * @throws TypeError for other arrays than {@link Values}
 */
export function sparseVector<V extends Values>(dense: V, options: ZeroOption & KernelOption = {}): SparseVector<V> {
  const { zero = 0 } = options;
  checkValues("dense", dense);
  const kernels = floatKernels(options.kernels);
  if (kernels !== undefined && dense instanceof Float32Array && canHold(dense, zero)) {
    const { positions, values } = takeFloats(kernels, dense, zero);
    return { length: dense.length, positions, values: values as V };
  }
  const count = countNonZeros(dense, zero);
  const positions = new Uint32Array(count);
  const values = allocateLike(dense, count);
  for (let i = 0, entry = 0; i < dense.length; i++) {
    if (dense[i] === zero) continue;
    positions[entry] = i;
    values[entry++] = dense[i]!;
  }
  return { length: dense.length, positions, values };
}

/** In one pass: what each block holds is copied once more, which is less than to go through all values twice where most are zero. */
function takeFloats(kernels: FloatKernels, dense: Float32Array, zero: number) {
  const blocks: { readonly positions: Uint32Array; readonly values: Float32Array }[] = [];
  let total = 0;
  for (const { base, count } of blocksOf(kernels, dense)) {
    const taken = kernels.takeNonZeros(count, zero, base);
    blocks.push({ positions: kernels.first.slice(0, taken), values: kernels.second.slice(0, taken) });
    total += taken;
  }
  const positions = new Uint32Array(total);
  const values = new Float32Array(total);
  let entry = 0;
  for (const block of blocks) {
    positions.set(block.positions, entry);
    values.set(block.values, entry);
    entry += block.positions.length;
  }
  return { positions, values };
}

/** The whole vector, `zero` (default 0) where nothing is stored. @throws TypeError, RangeError if it breaks its own rules */
export function denseVector<V extends Values>(sparse: SparseVector<V>, options: ZeroOption = {}): V {
  const { zero = 0 } = options;
  checkSparseVector(sparse);
  checkZero("zero", zero, sparse.values);
  const dense = allocateLike(sparse.values, sparse.length);
  if (zero !== 0) dense.fill(zero);
  for (let entry = 0; entry < sparse.positions.length; entry++) {
    dense[sparse.positions[entry]!] = sparse.values[entry]!;
  }
  return dense;
}

function countNonZeros(dense: Values, zero: number): number {
  let count = 0;
  for (let i = 0; i < dense.length; i++) {
    if (dense[i] !== zero) count++;
  }
  return count;
}

/** Checks that positions ascend and are under the length, and values are as many. @throws TypeError, RangeError */
export function checkSparseVector(sparse: SparseVector<Values>): void {
  checkPositions(sparse.positions, sparse.length);
  checkValues("values", sparse.values);
  checkLength("values", sparse.values.length, sparse.positions.length);
}

/** Checks that an array of the kind of `values` can hold a value. @throws RangeError */
export function checkZero(name: string, zero: number, values: Values): void {
  if (!canHold(values, zero)) throw new RangeError(`${name}: expected a value the array can hold, got ${zero}`);
}
