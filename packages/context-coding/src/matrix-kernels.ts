import type { MatrixCounts } from "./live-lines";
import type { MatrixShape } from "./matrix-shape";

/** What codes the matrices that are not all zeros. */
export interface MatrixKernels {
  encode(values: Int16Array, counts: MatrixCounts, shape: MatrixShape): Uint8Array;
  /** @param bytes at least one @throws FormatError */
  decode(bytes: Uint8Array, shape: MatrixShape): Int16Array;
}
