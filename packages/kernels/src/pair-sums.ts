import { checkInteger, checkLength, checkTypedArray, type KernelOption } from "@deep-compression/runtime";
import { matrixKernels } from "./wasm-kernels";

/** The code of elements that {@link pairSums} leaves out. */
export const NO_CODE = 0xffff;

export interface PairOptions extends KernelOption {
  /** Rows and columns of the matrix. */
  readonly columns: number;
  /** Codes are below this, but for {@link NO_CODE}. */
  readonly size: number;
  /** What each row of codes counts. */
  readonly worths: Float64Array;
}

/**
 * The sums of a symmetric matrix's elements by pairs of codes: of each row of codes, times what it counts, the element (i, j) is added
 * where the codes of i and j say.
 *
 * @param codes one for each row and column of the matrix, as many rows as there are worths
 * @returns size x size
 * @throws TypeError, RangeError if sizes do not fit or a code is too large
 */
export function pairSums(codes: Uint16Array, matrix: Float64Array, options: PairOptions): Float64Array {
  const { columns, size, worths, kernels } = options;
  checkTypedArray("codes", codes, Uint16Array);
  checkTypedArray("matrix", matrix, Float64Array);
  checkInteger("size", size, { minimum: 1, maximum: NO_CODE });
  checkInteger("columns", columns, { minimum: 1 });
  checkTypedArray("worths", worths, Float64Array);
  checkLength("matrix", matrix.length, columns * columns);
  checkLength("codes", codes.length, worths.length * columns);
  const wrong = codes.findIndex((code) => code >= size && code !== NO_CODE);
  if (wrong >= 0) throw new RangeError(`codes[${wrong}]: expected a code below ${size}, got ${codes[wrong]}`);
  const halves = matrixKernels(kernels).halfPairSums(codes, matrix, options);
  return halves.map((sum, at) => sum + halves[(at % size) * size + Math.floor(at / size)]!);
}
