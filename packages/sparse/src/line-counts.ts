import { checkLength } from "@deep-compression/runtime";
import { checkPositions, checkShape } from "./check-arguments";
import type { Values } from "./value-arrays";

/**
 * How many entries each row and each column of a matrix has. `positions` are row-major and strictly ascending;
 * RangeError otherwise, or for one past the matrix.
 */
export function lineCounts(matrix: {
  readonly rows: number;
  readonly columns: number;
  readonly positions: Uint32Array;
}): { readonly rows: Uint32Array; readonly columns: Uint32Array } {
  const { rows, columns, positions } = matrix;
  checkShape(matrix);
  checkPositions(positions, rows * columns);
  const starts = rowStarts(matrix, positions);
  const byColumn = new Uint32Array(columns);
  for (let row = 0, rowStart = 0; row < rows; row++, rowStart += columns) {
    for (let i = starts[row]; i < starts[row + 1]; i++) byColumn[positions[i] - rowStart]++;
  }
  return { rows: starts.subarray(1).map((end, row) => end - starts[row]), columns: byColumn };
}

/** Entry i is in row r where starts[r] <= i < starts[r + 1]. For ascending positions within the matrix. */
export function rowStarts(
  shape: { readonly rows: number; readonly columns: number },
  positions: Uint32Array,
): Uint32Array {
  const starts = new Uint32Array(shape.rows + 1);
  let row = 0;
  for (let i = 0, end = shape.columns; i < positions.length; i++) {
    for (; positions[i] >= end; end += shape.columns) starts[++row] = i;
  }
  return starts.fill(positions.length, row + 1);
}

/**
 * The class of each row and column of a row-major matrix: 1 if it has an element that is not `zero` (default 0), or a 1
 * in the mask, else 0. RangeError if the matrix does not have rows * columns elements.
 */
export function nonEmptyClasses(
  matrix: { readonly rows: number; readonly columns: number } & (
    | { readonly mask: Uint8Array }
    | { readonly dense: Values; readonly zero?: number }
  ),
): { readonly rowClasses: Uint8Array; readonly columnClasses: Uint8Array } {
  const { rows, columns } = matrix;
  const { dense, zero = 0 } = "mask" in matrix ? { dense: matrix.mask } : matrix;
  checkShape(matrix);
  checkLength("mask" in matrix ? "mask" : "dense", dense.length, rows * columns);
  const rowClasses = new Uint8Array(rows);
  const columnClasses = new Uint8Array(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      if (dense[i] === zero) continue;
      rowClasses[row] = 1;
      columnClasses[column] = 1;
    }
  }
  return { rowClasses, columnClasses };
}
