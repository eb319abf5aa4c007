import type { CentredRows, ColumnSums } from "./centred-rows";
import type { MatrixPart, ProductShape } from "./matrix-part";

type FloatPart = MatrixPart<Float32Array>;

/** What is in WebAssembly and has a twin; both give the same to the bit. */
export interface MatrixKernels {
  sumColumns(rows: Float32Array, width: number): ColumnSums;
  addCentredProducts(products: Float64Array, left: CentredRows, right: CentredRows): void;
  addDoubleProduct(target: MatrixPart, left: MatrixPart, right: MatrixPart, shape: ProductShape): void;
  addFloatProduct(target: FloatPart, left: FloatPart, right: FloatPart, shape: ProductShape): void;
  /** Sums that with their mirror are those of all pairs: a pair within one slab of columns counts half, another one once. */
  halfPairSums(codes: Uint16Array, matrix: Float64Array, shape: PairShape): Float64Array;
}

/** Codes of `worths.length` rows, each below `size` or none. */
export interface PairShape {
  readonly columns: number;
  readonly size: number;
  readonly worths: Float64Array;
}

/** Depth of a panel of a matrix product. */
export const PANEL_DEPTH = 256;

/** Rows whose products are summed up in float32, before they are added to sums in float64; assembly/centred-products.ts says why. */
export const CHAIN = 32;

/** Elements of a slab of columns: a megabyte, which stays in the second-level cache. */
const SLAB = 2 ** 17;

/** Columns of a matrix that pairs are summed up of at once: a multiple of 8. */
export function slabColumns(columns: number): number {
  return Math.max(8, Math.min(256, 8 * Math.ceil(columns / 8), 8 * Math.floor(SLAB / 8 / columns)));
}
