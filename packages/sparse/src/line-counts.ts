import { checkLength, checkPositions, checkShape } from "./check";
import type { Values } from "./values";

/**
 * How many entries each row and each column of a matrix has. `positions` are row-major and strictly ascending;
 * RangeError otherwise, or for one past the matrix.
 */
export function lineCounts(matrix: {
  readonly rows: number;
  readonly columns: number;
  readonly positions: Uint32Array;
}): { readonly rows: Uint32Array; readonly columns: Uint32Array } {
  const { columns, positions } = matrix;
  checkShape(matrix);
  checkPositions(positions, matrix.rows * columns);
  const byRow = new Uint32Array(matrix.rows);
  const byColumn = new Uint32Array(columns);
  for (let i = 0, row = 0, end = columns; i < positions.length; i++) {
    if (positions[i] >= end) {
      row = Math.floor(positions[i] / columns);
      end = (row + 1) * columns;
    }
    byRow[row]++;
    byColumn[positions[i] + columns - end]++;
  }
  return { rows: byRow, columns: byColumn };
}

/**
 * The class of each row and column of a row-major matrix: 1 if it has an element that is not `zero` (default 0), or a 1
 * in the mask, else 0. RangeError if the matrix does not have rows * columns elements.
 */
export function liveLayout(
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
