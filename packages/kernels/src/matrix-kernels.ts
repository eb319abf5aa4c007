import type { CentredRows, ColumnSums } from "./centred-rows";
import type { MatrixPart, ProductShape } from "./matrix-part";

/** What is in WebAssembly and has a twin; both give the same to the bit. */
export interface MatrixKernels {
  sumColumns(rows: Float32Array, width: number): ColumnSums;
  addCentredProducts(products: Float64Array, left: CentredRows, right: CentredRows): void;
  addProduct(target: MatrixPart, left: MatrixPart, right: MatrixPart, shape: ProductShape): void;
}

/** Rows whose products are summed up in float32, before they are added to sums in float64: as deep as a panel of the matrix product. */
export const PANEL_ROWS = 256;
