import { checkLength, checkMask, checkShape } from "./check";
import { checkZero } from "./sparse-vector";
import { allocateLike, type Values } from "./values";

/**
 * How a matrix is walked before its positions are taken (docs/format.md, "layout"): along rows or along columns, with
 * dead rows and columns left out. `liveRows` has one 0 or 1 a row, `liveColumns` one a column; absent: all live.
 */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly order: "row-major" | "column-major";
  readonly liveRows?: Uint8Array;
  readonly liveColumns?: Uint8Array;
}

/** The number of elements of a walk: live rows * live columns. RangeError or TypeError for a layout that is not one. */
export function walkLength(layout: Layout): number {
  const { outer, inner } = offsets(layout);
  return outer.length * inner.length;
}

/** The live elements of a row-major matrix, in walk order. RangeError if it does not have rows * columns elements. */
export function walk<V extends Values>(layout: Layout, dense: V): V {
  const { outer, inner } = offsets(layout);
  checkLength("dense", dense.length, layout.rows * layout.columns);
  const vector = allocateLike(dense, outer.length * inner.length);
  for (let line = 0, to = 0; line < outer.length; line++) {
    const from = outer[line];
    for (let i = 0; i < inner.length; i++) vector[to++] = dense[from + inner[i]];
  }
  return vector;
}

/** The row-major matrix of a walk; dead elements are `fill` (default 0). RangeError if the vector's length is not the walk's. */
export function unwalk<V extends Values>(layout: Layout, vector: V, fill = 0): V {
  const { outer, inner } = offsets(layout);
  checkLength("vector", vector.length, outer.length * inner.length);
  checkZero("fill", fill, vector);
  const dense = allocateLike(vector, layout.rows * layout.columns);
  if (fill !== 0) dense.fill(fill);
  for (let line = 0, from = 0; line < outer.length; line++) {
    const to = outer[line];
    for (let i = 0; i < inner.length; i++) dense[to + inner[i]] = vector[from++];
  }
  return dense;
}

/** The row-major position of each walk position, in the order given. RangeError for a position past the walk. */
export function toRowMajor(layout: Layout, positions: Uint32Array): Uint32Array {
  const { outer, inner } = offsets(layout);
  const length = outer.length * inner.length;
  return positions.map((position, i) => {
    if (position >= length) throw new RangeError(`positions[${i}]: expected under ${length}, got ${position}`);
    const line = Math.floor(position / inner.length);
    return outer[line] + inner[position - line * inner.length];
  });
}

/**
 * Which rows and columns of a row-major matrix have an element that is not `zero` (default 0), or a 1 in the mask.
 * RangeError if the matrix does not have rows * columns elements.
 */
export function liveLayout(
  matrix: { readonly rows: number; readonly columns: number } & (
    | { readonly mask: Uint8Array }
    | { readonly dense: Values; readonly zero?: number }
  ),
): { readonly liveRows: Uint8Array; readonly liveColumns: Uint8Array } {
  const { rows, columns } = matrix;
  const { dense, zero = 0 } = "mask" in matrix ? { dense: matrix.mask } : matrix;
  checkShape(matrix);
  checkLength("mask" in matrix ? "mask" : "dense", dense.length, rows * columns);
  const liveRows = new Uint8Array(rows);
  const liveColumns = new Uint8Array(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      if (dense[i] === zero) continue;
      liveRows[row] = 1;
      liveColumns[column] = 1;
    }
  }
  return { liveRows, liveColumns };
}

/** Row-major offsets of the live lines, and of the live elements within a line. */
function offsets(layout: Layout): { readonly outer: Uint32Array; readonly inner: Uint32Array } {
  const { rows, columns, order } = layout;
  checkShape(layout);
  if (order !== "row-major" && order !== "column-major") {
    throw new TypeError(`order: expected "row-major" or "column-major", got ${order}`);
  }
  // An empty matrix may claim 2^32 rows of nothing: no offsets for those.
  const empty = rows * columns === 0;
  const byRow = liveOffsets("liveRows", layout.liveRows, { count: rows, stride: columns, empty });
  const byColumn = liveOffsets("liveColumns", layout.liveColumns, { count: columns, stride: 1, empty });
  return order === "row-major" ? { outer: byRow, inner: byColumn } : { outer: byColumn, inner: byRow };
}

function liveOffsets(
  name: string,
  live: Uint8Array | undefined,
  { count, stride, empty }: { readonly count: number; readonly stride: number; readonly empty: boolean },
): Uint32Array {
  if (live !== undefined) checkMask(name, live, count);
  if (empty) return new Uint32Array(0);
  if (live === undefined) return Uint32Array.from({ length: count }, (_, i) => i * stride);
  const offsets = new Uint32Array(live.reduce((sum, one) => sum + one, 0));
  for (let i = 0, entry = 0; i < count; i++) {
    if (live[i] === 1) offsets[entry++] = i * stride;
  }
  return offsets;
}
