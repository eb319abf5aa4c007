import { checkLength } from "@deep-compression/runtime";
import { checkPositions, checkShape } from "./check-arguments";
import type { Values } from "./value-arrays";

/** A matrix and where its elements that are not zero stand: row-major, strictly ascending. */
export interface NonZeroPositions {
  readonly rows: number;
  readonly columns: number;
  readonly positions: Uint32Array;
}

/** How many elements of each row and column are not zero. */
export interface LineCounts {
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
}

/** Counts the elements of each row and column. @throws RangeError for positions out of order or past the matrix */
export function lineCounts(matrix: NonZeroPositions): LineCounts {
  const { rows, columns, positions } = matrix;
  checkShape(matrix);
  checkPositions(positions, rows * columns);
  const starts = rowStarts(matrix);
  const byColumn = new Uint32Array(columns);
  countColumns(byColumn, positions, starts);
  return { rows: starts.subarray(1).map((end, row) => end - starts[row]), columns: byColumn };
}

/** A loop of its own: an engine that optimizes it knows all of its function. */
function countColumns(byColumn: Uint32Array, positions: Uint32Array, starts: Uint32Array): void {
  for (let row = 0, rowStart = 0; row + 1 < starts.length; row++, rowStart += byColumn.length) {
    for (let i = starts[row]; i < starts[row + 1]; i++) byColumn[positions[i] - rowStart]++;
  }
}

/** Where the positions of each row start and, last, the end: each is looked for from the one before, in steps that double. */
export function rowStarts({ rows, columns, positions }: NonZeroPositions): Uint32Array {
  const starts = new Uint32Array(rows + 1);
  for (let row = 1, at = 0; row <= rows; row++) {
    const end = row * columns;
    let step = 1;
    while (at + step < positions.length && positions[at + step] < end) step *= 2;
    for (let high = Math.min(at + step, positions.length); at < high; ) {
      const middle = (at + high) >>> 1;
      if (positions[middle] < end) at = middle + 1;
      else high = middle;
    }
    starts[row] = at;
  }
  return starts;
}

/**
 * The classes of empty rows and columns, 0, and of non-empty ones, 1 (docs/format.md, "Layout"): those with an element that
 * is not `zero` (default 0), or a 1 in the mask.
 *
 * @throws RangeError if the row-major matrix does not have rows * columns elements
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
