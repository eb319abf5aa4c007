import { checkLength } from "@deep-compression/runtime";
import { rowStarts } from "./line-counts";
import { offsetOf } from "./scan-axis";
import { type Layout, type Scan, scanOf } from "./scan-order";
import { checkSparseVector, type SparseVector } from "./sparse-vector";
import { allocateLike, type Values } from "./value-arrays";

/**
 * The entries of a row-major sparse matrix in scan order, with their scan positions; the vector itself where the matrix is
 * scanned as it stands. Takes time and memory by the entries and the lines, not by the elements.
 *
 * @throws RangeError if the vector breaks its own rules, its length is not rows * columns, or an entry is on an empty line
 */
export function scanVector<V extends Values>(layout: Layout, vector: SparseVector<V>): SparseVector<V> {
  const scan = scanOf(layout);
  checkSparseVector(vector);
  checkLength("vector", vector.length, layout.rows * layout.columns);
  const { order, rowClasses, columnClasses } = layout;
  if (order === "row-major" && rowClasses === undefined && columnClasses === undefined) return vector;
  const { positions, values } = vector;
  if (positions.length === 0) return { length: scan.length, positions, values };
  // Row-major order puts the entries of a line of the scan (a row or a column of a submatrix) in their order already, so one
  // counting sort by line sorts them all.
  const table = tableOf(layout, scan);
  const starts = rowStarts({ ...layout, positions });
  const next = lineStarts(table, { positions, starts });
  const scanned = new Uint32Array(positions.length);
  const sorted = allocateLike(values, positions.length);
  for (let row = 0; row < layout.rows; row++) {
    const { column, line, place } = table.ofRow(row);
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = (positions[i] + column) | 0;
      const to = next[table.line[at] + line]++;
      scanned[to] = table.place[at] + Math.imul(place, table.step[at]); // modulo 2^32, under which it is
      sorted[to] = values[i];
    }
  }
  return { length: scan.length, positions: scanned, values: sorted };
}

/**
 * What takes an entry to its place: for each row class and column (at class * columns + column) its line, numbered in
 * scan order, its scan position, and how far the entry of the next row of that class is from it.
 */
interface ScanTable {
  readonly columns: number;
  readonly lines: number;
  readonly line: Uint32Array;
  readonly place: Uint32Array;
  readonly step: Uint32Array;
  /** What a row adds to a position, to get its index in the tables, and to the line; how many of its class come before it. */
  ofRow(row: number): { readonly column: number; readonly line: number; readonly place: number };
}

/** The line of an entry on an empty row or column. */
const EMPTY = 0xffffffff;

function tableOf({ rows, columns, order }: Layout, { submatrices, outer, inner }: Scan): ScanTable {
  const alongRows = order === "row-major";
  const [byRow, byColumn] = alongRows ? [outer, inner] : [inner, outer];
  // Empty rows have a class of their own, the last, in which all columns are empty.
  const line = new Uint32Array((byRow.groups.length + 1) * columns).fill(EMPTY);
  const place = new Uint32Array(line.length);
  const step = new Uint32Array(line.length);
  let lines = 0;
  for (const { start, size, outer: outerRange, inner: innerRange, rowGroup } of submatrices) {
    const table = rowGroup * columns;
    const { from, to } = alongRows ? innerRange : outerRange;
    for (let i = from; i < to; i++) {
      const at = table + offsetOf(byColumn, i);
      line[at] = lines + (alongRows ? 0 : i - from);
      place[at] = start + (i - from) * (alongRows ? 1 : size);
      step[at] = alongRows ? size : 1;
    }
    lines += outerRange.to - outerRange.from;
  }
  const group = new Uint8Array(rows).fill(byRow.groups.length);
  const placeOfRow = new Uint32Array(rows);
  byRow.groups.forEach(({ from, to }, g) => {
    for (let i = from; i < to; i++) {
      const row = offsetOf(byRow, i) / byRow.stride;
      group[row] = g;
      placeOfRow[row] = i - from;
    }
  });
  const ofRow = (row: number) => ({
    column: (group[row] - row) * columns,
    line: alongRows ? placeOfRow[row] : 0,
    place: placeOfRow[row],
  });
  return { columns, lines, line, place, step, ofRow };
}

/** Where each line's entries start. @throws RangeError if an entry is on no line */
function lineStarts(
  table: ScanTable,
  { positions, starts }: { readonly positions: Uint32Array; readonly starts: Uint32Array },
): Uint32Array {
  const first = new Uint32Array(table.lines + 1);
  for (let row = 0; row + 1 < starts.length; row++) {
    const { column, line } = table.ofRow(row);
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = (positions[i] + column) | 0;
      if (table.line[at] === EMPTY) {
        throw new RangeError(
          `positions[${i}]: expected on a non-empty line, got row ${row}, column ${positions[i] - row * table.columns}`,
        );
      }
      first[table.line[at] + line + 1]++;
    }
  }
  for (let i = 0; i < table.lines; i++) first[i + 1] += first[i];
  return first;
}
