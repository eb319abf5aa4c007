import type { Codes } from "@deep-compression/bits";
import { checkFloats, checkInteger, checkTypedArray } from "@deep-compression/runtime";
import type { SharedValues } from "./exact-codebook";
import type { QuantizedValues } from "./share-values";
import { squaredError } from "./squared-error";
import { withUsedCentroids } from "./used-codes";

/** Where the elements of a convolution's kernels stand in a tensor: `size` of each, `stride` elements apart. */
export interface KernelLayout {
  readonly size: number;
  readonly stride: number;
}

/**
 * How alike the inputs of a kernel's elements are taken to be, as a correlation. Pixels beside one another are, and results
 * differ little from 0.7 to 0.97.
 */
const INPUT_CORRELATION = 0.9;

/** A handful of moves balance a kernel; no more than so many for each element. */
const MOST_MOVES = 4;

/**
 * Moves codes to a neighbouring shared value where that makes the errors of a kernel's elements add up to less. Inputs that
 * stand beside one another are alike, so what a convolution's output feels of the errors is mostly their sum. That becomes
 * small, for a squared error that is some tenths larger. (Guo et al., SQuant, ICLR 2022: kernel-wise.)
 *
 * @param shared its centroids ascending
 * @param options.kernels where kernels stand in the tensor; elements after the last whole ones are left alone
 * @param options.positions where the values stand in it, ascending; default: one after the other. All else is 0, and stays so.
 * @returns without centroids that no value has any more
 * @throws RangeError if there are not as many codes or positions as values, or a size or stride is no whole number above 0
 */
export function balanceErrors(
  values: Float32Array,
  shared: SharedValues,
  options: { readonly kernels: KernelLayout; readonly positions?: Uint32Array | undefined },
): QuantizedValues {
  const { kernels, positions } = options;
  const { size, stride } = kernels;
  checkFloats("values", values);
  checkInteger("kernels.size", size, { minimum: 1 });
  checkInteger("kernels.stride", stride, { minimum: 1 });
  checkLength("codes", shared.codes, values);
  if (positions !== undefined) checkLength("positions", checkTypedArray("positions", positions, Uint32Array), values);
  const { centroids } = shared;
  const codes = shared.codes.slice();
  const length = positions === undefined ? values.length : (positions.at(-1) ?? -1) + 1;
  const indexAt = positions && indices(positions, length);
  const together = Array.from({ length: Math.min(TOGETHER, stride) }, () => emptyKernel(size));
  // Kernels whose elements stand `stride` apart lie within one another, `stride` of them in a block. Some that stand side by side are
  // read together, since memory is.
  for (let block = 0; block < length; block += size * stride) {
    const end = Math.min(block + stride, length);
    for (let first = block; first < end; first += together.length) {
      const kernels = together.slice(0, end - first);
      for (const kernel of kernels) kernel.count = 0;
      for (let t = 0; t < size; t++) {
        for (let k = 0, at = first + t * stride; k < kernels.length && at < length; k++, at++) {
          const index = indexAt === undefined ? at : indexAt[at]!;
          if (index >= 0) addElement(kernels[k]!, index, { code: codes[index]!, value: values[index]!, centroids });
        }
      }
      for (const kernel of kernels) {
        balanceKernel(kernel, centroids);
        for (let t = 0; t < kernel.count; t++) codes[kernel.elements[t]!] = kernel.codes[t]!;
      }
    }
  }
  return { ...withUsedCentroids({ codes, centroids }), distortion: squaredError(values, { codes, centroids }) };
}

/** Kernels that are read together: of so many codes a cache line is. */
const TOGETHER = 64;

/** The elements of a kernel that are not left out. */
interface Kernel {
  /** Their indices, codes and errors; `count` of each. */
  readonly elements: Int32Array;
  readonly codes: Int32Array;
  readonly errors: Float64Array;
  count: number;
}

function emptyKernel(size: number): Kernel {
  return { elements: new Int32Array(size), codes: new Int32Array(size), errors: new Float64Array(size), count: 0 };
}

function addElement(
  kernel: Kernel,
  index: number,
  { code, value, centroids }: { readonly code: number; readonly value: number; readonly centroids: Float32Array },
): void {
  kernel.elements[kernel.count] = index;
  kernel.codes[kernel.count] = code;
  kernel.errors[kernel.count++] = centroids[code]! - value;
}

function checkLength(name: string, list: Codes | Uint32Array, { length }: Float32Array): void {
  if (list.length !== length)
    throw new RangeError(`${name}: expected one for each of ${length} values, got ${list.length}`);
}

/** The index of the value at each position, -1 where none stands. */
function indices(positions: Uint32Array, length: number): Int32Array {
  const indexAt = new Int32Array(length).fill(-1);
  for (let i = 0; i < positions.length; i++) indexAt[positions[i]!] = i;
  return indexAt;
}

/** Makes (1 - r) * (sum of squared errors) + r * (sum of errors)^2 less, move by move, r being the inputs' correlation. */
function balanceKernel({ codes, errors, count }: Kernel, centroids: Float32Array): void {
  if (count < 2) return;
  let sum = 0;
  for (let t = 0; t < count; t++) sum += errors[t]!;
  for (let moves = MOST_MOVES * count; moves > 0; moves--) {
    const step = sum > 0 ? -1 : 1;
    let [best, most, change] = [-1, 0, 0];
    for (let t = 0; t < count; t++) {
      const next = codes[t]! + step;
      if (next < 0 || next >= centroids.length) continue;
      const by = centroids[next]! - centroids[codes[t]!]!;
      const gain = -by * (by + 2 * ((1 - INPUT_CORRELATION) * errors[t]! + INPUT_CORRELATION * sum));
      if (gain > most) [best, most, change] = [t, gain, by];
    }
    if (best < 0) return;
    codes[best]! += step;
    errors[best]! += change;
    sum += change;
  }
}
