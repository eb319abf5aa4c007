import { checkChoice, checkLength, checkTypedArray } from "@deep-compression/runtime";
import { checkShape, checkValues } from "./check-arguments";
import { type Axis, axisOf, type LineRange, offsetOf } from "./scan-axis";
import { checkZero } from "./sparse-vector";
import { allocateLike, type Values } from "./value-arrays";

/**
 * How a matrix is walked before its positions are taken (docs/format.md, "layout"): block by block, each along rows or
 * along columns. `rowClasses` has one class 0..15 a row, `columnClasses` one a column; 0 is a dead line, which is not
 * walked; absent: all are of class 1. The blocks are the row classes ascending and, within each, the column classes
 * ascending; within a block lines stand in their own order. So lines of like density stand together, and an entropy
 * coder that adapts from chunk to chunk finds them so.
 */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly order: "row-major" | "column-major";
  readonly rowClasses?: Uint8Array;
  readonly columnClasses?: Uint8Array;
}

/** The density classes of a layout; absent ones: all rows, or all columns, are of class 1. */
export type DensityClasses = Pick<Layout, "rowClasses" | "columnClasses">;

/** A block of a walk: `outer` lines end to end, each `inner` long. Element (o, i) is `start + (o - outer.from) * size + i - inner.from`. */
export interface Submatrix {
  readonly start: number;
  readonly size: number;
  readonly outer: LineRange;
  readonly inner: LineRange;
}

/** A layout taken apart: the axis of its lines, the axis within a line, and the blocks in walk order. */
export interface Scan {
  readonly length: number;
  readonly outer: Axis;
  readonly inner: Axis;
  readonly submatrices: readonly Submatrix[];
}

/** RangeError or TypeError for a layout that is not one. */
export function scanOf(layout: Layout): Scan {
  const { rows, columns, order, rowClasses, columnClasses } = layout;
  checkShape(layout);
  checkChoice("order", order, ["row-major", "column-major"]);
  // A matrix that is walked as it stands is one long row: no cost a row.
  const whole = order === "row-major" && rowClasses === undefined && columnClasses === undefined;
  const shape = whole ? { rows: 1, columns: rows * columns } : { rows, columns };
  const byRow = axisOf("rowClasses", rowClasses, { lines: shape.rows, stride: shape.columns });
  const byColumn = axisOf("columnClasses", columnClasses, { lines: shape.columns, stride: 1 });
  const [outer, inner] = order === "row-major" ? [byRow, byColumn] : [byColumn, byRow];
  const blocks: Submatrix[] = [];
  let length = 0;
  for (const row of byRow.groups) {
    for (const column of byColumn.groups) {
      const [lines, elements] = order === "row-major" ? [row, column] : [column, row];
      blocks.push({ start: length, size: elements.to - elements.from, outer: lines, inner: elements });
      length += (row.to - row.from) * (column.to - column.from);
    }
  }
  return { length, outer, inner, submatrices: blocks };
}

/**
 * A line of a walk within a block: position p, `start` <= p < `end`, is element p + `shift` of the inner axis, and `base`
 * plus that element's offset in the matrix.
 */
export interface ScanLine {
  readonly start: number;
  readonly end: number;
  readonly base: number;
  readonly shift: number;
  readonly submatrix: number;
}

/** The line that holds a position under the walk's length; `near` is the block to look in first. */
export function lineAt({ outer, submatrices: blocks }: Scan, position: number, near: number): ScanLine {
  let block = near;
  while (blocks[block].start > position) block--;
  while (block + 1 < blocks.length && blocks[block + 1].start <= position) block++;
  const { start: first, size, outer: lines, inner } = blocks[block];
  const line = Math.floor((position - first) / size);
  const start = first + line * size;
  return {
    start,
    end: start + size,
    base: offsetOf(outer, lines.from + line),
    shift: inner.from - start,
    submatrix: block,
  };
}

/** Stands before the first line: no position lies in it. */
export const NO_LINE: ScanLine = { start: 0, end: 0, base: 0, shift: 0, submatrix: 0 };

/** The number of elements of a walk: live rows * live columns. RangeError or TypeError for a layout that is not one. */
export function scanLength(layout: Layout): number {
  return scanOf(layout).length;
}

/** The live elements of a row-major matrix, in walk order. RangeError if it does not have rows * columns elements. */
export function scan<V extends Values>(layout: Layout, dense: V): V {
  const { length, outer, inner, submatrices: blocks } = scanOf(layout);
  checkValues("dense", dense);
  checkLength("dense", dense.length, layout.rows * layout.columns);
  const vector = allocateLike(dense, length);
  for (const block of blocks) {
    for (let line = block.outer.from, to = block.start; line < block.outer.to; line++, to += block.size) {
      const from = offsetOf(outer, line);
      for (let i = 0; i < block.size; i++) vector[to + i] = dense[from + offsetOf(inner, block.inner.from + i)];
    }
  }
  return vector;
}

/** The row-major matrix of a walk; dead elements are `fill` (default 0). RangeError if the vector's length is not the walk's. */
export function unscan<V extends Values>(layout: Layout, vector: V, fill = 0): V {
  const { length, outer, inner, submatrices: blocks } = scanOf(layout);
  checkValues("vector", vector);
  checkLength("vector", vector.length, length);
  checkZero("fill", fill, vector);
  const dense = allocateLike(vector, layout.rows * layout.columns);
  if (fill !== 0) dense.fill(fill);
  for (const block of blocks) {
    for (let line = block.outer.from, from = block.start; line < block.outer.to; line++, from += block.size) {
      const to = offsetOf(outer, line);
      for (let i = 0; i < block.size; i++) dense[to + offsetOf(inner, block.inner.from + i)] = vector[from + i];
    }
  }
  return dense;
}

/** The row-major position of each walk position, in the order given. RangeError for a position past the walk. */
export function toRowMajor(layout: Layout, positions: Uint32Array): Uint32Array {
  const walk = scanOf(layout);
  checkTypedArray("positions", positions, Uint32Array);
  const found = new Uint32Array(positions.length);
  // Positions mostly ascend, so the line of the last one is mostly the line of the next.
  let line = NO_LINE;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i];
    if (position < line.start || position >= line.end) {
      if (position >= walk.length) {
        throw new RangeError(`positions[${i}]: expected under ${walk.length}, got ${position}`);
      }
      line = lineAt(walk, position, line.submatrix);
    }
    found[i] = line.base + offsetOf(walk.inner, position + line.shift);
  }
  return found;
}
