import { checkBytes, checkChoice, checkLength, checkTypedArray } from "@deep-compression/runtime";
import { checkShape, checkValues } from "./check-arguments";
import { type Axis, axisOf, type LineRange, offsetOf } from "./scan-axis";
import { checkZero } from "./sparse-vector";
import { allocateLike, type Values } from "./value-arrays";

/** The highest level of a submatrix. */
export const MAX_LEVEL = 15;

/**
 * What fixes the scan order of a matrix (docs/format.md, "Layout"). `rowClasses` has a density class, 0..15, for each row,
 * `columnClasses` one for each column; lines of class 0 are empty and not scanned; absent: all are of class 1. The scan goes
 * through the submatrices, along rows or along columns: by their levels ascending, those of one level by row classes ascending and,
 * within each, by column classes ascending; within a submatrix lines keep their order. So elements of like density stand
 * together, and an entropy coder that adapts from chunk to chunk finds them so.
 */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly order: "row-major" | "column-major";
  readonly rowClasses?: Uint8Array;
  readonly columnClasses?: Uint8Array;
  /**
   * The level, 0..15, of each submatrix: for each row class that has rows, each column class that has columns. Absent: all are
   * of level 0.
   */
  readonly levels?: Uint8Array;
}

/** The density classes of a layout; absent ones: all rows, or all columns, are of class 1. */
export type DensityClasses = Pick<Layout, "rowClasses" | "columnClasses">;

/**
 * The rows of one class and the columns of one: `outer` lines end to end, each `inner` long. Element (o, i) has the scan
 * position start + (o - outer.from) * size + i - inner.from.
 */
export interface Submatrix {
  readonly start: number;
  readonly size: number;
  readonly outer: LineRange;
  readonly inner: LineRange;
  /** Which of the row classes that have rows, counted from 0, and which of the column classes that have columns. */
  readonly rowGroup: number;
  readonly columnGroup: number;
}

/** A layout taken apart: the axis of its lines, the axis within a line, and the submatrices in scan order. */
export interface Scan {
  readonly length: number;
  readonly outer: Axis;
  readonly inner: Axis;
  readonly submatrices: readonly Submatrix[];
}

/** The scan of a layout. @throws TypeError, RangeError if it is none */
export function scanOf(layout: Layout): Scan {
  const { rows, columns, order, rowClasses, columnClasses } = layout;
  checkShape(layout);
  // A matrix that is scanned as it stands is one long row: no cost a row.
  const whole = order === "row-major" && rowClasses === undefined && columnClasses === undefined;
  return scanByLine(whole ? { rows: 1, columns: rows * columns, order } : layout);
}

/** The same, in which each line of the scan is a row or a column of the matrix. @throws TypeError, RangeError */
export function scanByLine(layout: Layout): Scan {
  const { rows, columns, order, rowClasses, columnClasses } = layout;
  checkShape(layout);
  checkChoice("order", order, ["row-major", "column-major"]);
  const byRow = axisOf("rowClasses", rowClasses, { lines: rows, stride: columns });
  const byColumn = axisOf("columnClasses", columnClasses, { lines: columns, stride: 1 });
  const [outer, inner] = order === "row-major" ? [byRow, byColumn] : [byColumn, byRow];
  const submatrices: Submatrix[] = [];
  let length = 0;
  for (const at of submatrixOrder(layout.levels, byRow.groups.length * byColumn.groups.length)) {
    const rowGroup = Math.floor(at / byColumn.groups.length);
    const columnGroup = at % byColumn.groups.length;
    const [row, column] = [byRow.groups[rowGroup]!, byColumn.groups[columnGroup]!];
    const [lines, elements] = order === "row-major" ? [row, column] : [column, row];
    const size = elements.to - elements.from;
    submatrices.push({ start: length, size, outer: lines, inner: elements, rowGroup, columnGroup });
    length += (row.to - row.from) * (column.to - column.from);
  }
  return { length, outer, inner, submatrices };
}

/** The submatrices by level. @throws TypeError, RangeError unless there is a level of 0..15 for each */
function submatrixOrder(levels: Uint8Array | undefined, submatrices: number): number[] {
  const all = Array.from({ length: submatrices }, (_, at) => at);
  if (levels === undefined) return all;
  checkLength("levels", checkBytes("levels", levels).length, submatrices);
  const at = levels.findIndex((level) => level > MAX_LEVEL);
  if (at >= 0) throw new RangeError(`levels[${at}]: expected a level of 0..${MAX_LEVEL}, got ${levels[at]}`);
  return all.sort((a, b) => levels[a]! - levels[b]! || a - b);
}

/**
 * A line of a scan within a submatrix: scan position p, `start` <= p < `end`, is element p + `shift` of the inner axis, and
 * `base` plus that element's offset in the matrix.
 */
export interface ScanLine {
  readonly start: number;
  readonly end: number;
  readonly base: number;
  readonly shift: number;
  readonly submatrix: number;
}

/** The line that holds a scan position; `near` is the submatrix to look in first. */
export function lineAt({ outer, submatrices }: Scan, position: number, near: number): ScanLine {
  let submatrix = near;
  while (submatrices[submatrix].start > position) submatrix--;
  while (submatrix + 1 < submatrices.length && submatrices[submatrix + 1].start <= position) submatrix++;
  const { start: first, size, outer: lines, inner } = submatrices[submatrix];
  const line = Math.floor((position - first) / size);
  const start = first + line * size;
  return { start, end: start + size, base: offsetOf(outer, lines.from + line), shift: inner.from - start, submatrix };
}

/** Stands before the first line: no position lies in it. */
export const NO_LINE: ScanLine = { start: 0, end: 0, base: 0, shift: 0, submatrix: 0 };

/** The scan length of a layout: non-empty rows * non-empty columns. @throws TypeError, RangeError if it is no layout */
export function scanLength(layout: Layout): number {
  return scanOf(layout).length;
}

/**
 * The scan positions at which each level of a layout begins, from 0 up to the highest that occurs, and, last, the scan length.
 *
 * @throws TypeError, RangeError if it is no layout
 */
export function levelStarts(layout: Layout): number[] {
  const { submatrices, length } = scanOf(layout);
  const sorted = layout.levels?.slice().sort() ?? new Uint8Array(submatrices.length);
  const highest = sorted[sorted.length - 1] ?? 0;
  const starts = Array.from({ length: highest + 1 }, (_, level) => {
    const first = sorted.findIndex((other) => other >= level);
    return submatrices[first]?.start ?? length;
  });
  return [...starts, length];
}

/** The elements of a row-major matrix in scan order. @throws RangeError if there are not rows * columns elements */
export function scan<V extends Values>(layout: Layout, dense: V): V {
  const { length, outer, inner, submatrices } = scanOf(layout);
  checkValues("dense", dense);
  checkLength("dense", dense.length, layout.rows * layout.columns);
  const vector = allocateLike(dense, length);
  for (const { start, size, outer: lines, inner: elements } of submatrices) {
    for (let line = lines.from, to = start; line < lines.to; line++, to += size) {
      const from = offsetOf(outer, line);
      for (let i = 0; i < size; i++) vector[to + i] = dense[from + offsetOf(inner, elements.from + i)];
    }
  }
  return vector;
}

/**
 * The row-major matrix whose elements in scan order are those of a vector; the others are `fill` (default 0).
 *
 * @throws RangeError if the vector is not as long as the scan
 */
export function unscan<V extends Values>(layout: Layout, vector: V, fill = 0): V {
  const { length, outer, inner, submatrices } = scanOf(layout);
  checkValues("vector", vector);
  checkLength("vector", vector.length, length);
  checkZero("fill", fill, vector);
  const dense = allocateLike(vector, layout.rows * layout.columns);
  if (fill !== 0) dense.fill(fill);
  for (const { start, size, outer: lines, inner: elements } of submatrices) {
    for (let line = lines.from, from = start; line < lines.to; line++, from += size) {
      const to = offsetOf(outer, line);
      for (let i = 0; i < size; i++) dense[to + offsetOf(inner, elements.from + i)] = vector[from + i];
    }
  }
  return dense;
}

/** The row-major positions of scan positions, in the order given. @throws RangeError if one is past the scan */
export function toRowMajor(layout: Layout, positions: Uint32Array): Uint32Array {
  const scanned = scanOf(layout);
  checkTypedArray("positions", positions, Uint32Array);
  const found = new Uint32Array(positions.length);
  // Positions mostly ascend, so the line of the last one is mostly the line of the next.
  let line = NO_LINE;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i];
    if (position < line.start || position >= line.end) {
      if (position >= scanned.length) {
        throw new RangeError(`positions[${i}]: expected under ${scanned.length}, got ${position}`);
      }
      line = lineAt(scanned, position, line.submatrix);
    }
    found[i] = line.base + offsetOf(scanned.inner, position + line.shift);
  }
  return found;
}
