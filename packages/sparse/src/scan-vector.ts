import { checkLength } from "@deep-compression/runtime";
import { rowStarts } from "./line-counts";
import { offsetOf } from "./scan-axis";
import { type Layout, type Scan, scanOf } from "./scan-order";
import { checkSparseVector, type SparseVector } from "./sparse-vector";
import { allocateLike, type Values } from "./value-arrays";

/**
 * The entries of a row-major sparse matrix in walk order, with their positions in the walk; the vector itself where the
 * walk is the matrix as it stands. Takes time and memory by the entries and the lines, not by the elements.
 * RangeError for a vector that breaks its own rules, a length that is not rows * columns, or an entry on a dead line.
 */
export function scanVector<V extends Values>(layout: Layout, vector: SparseVector<V>): SparseVector<V> {
  const walk = scanOf(layout);
  checkSparseVector(vector);
  checkLength("vector", vector.length, layout.rows * layout.columns);
  const { order, rowClasses, columnClasses } = layout;
  if (order === "row-major" && rowClasses === undefined && columnClasses === undefined) return vector;
  const { positions, values } = vector;
  if (positions.length === 0) return { length: walk.length, positions, values };
  // Row-major order puts the entries of a line of the walk (a row or a column within a block) in their order already,
  // so one counting sort by line sorts them all.
  const table = tableOf(layout, walk);
  const starts = rowStarts(layout, positions);
  const next = lineStarts(table, { positions, starts });
  const walked = new Uint32Array(positions.length);
  const sorted = allocateLike(values, positions.length);
  for (let row = 0; row < layout.rows; row++) {
    const { column, line, place } = table.ofRow(row);
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = (positions[i] + column) | 0;
      const to = next[table.line[at] + line]++;
      walked[to] = table.place[at] + Math.imul(place, table.step[at]); // modulo 2^32, under which it is
      sorted[to] = values[i];
    }
  }
  return { length: walk.length, positions: walked, values: sorted };
}

/**
 * What takes an entry to its place: for each row class and column (at class * columns + column) its line, numbered in
 * walk order, its walk position, and how far the entry of the next row of that class is from it.
 */
interface ScanTable {
  readonly columns: number;
  readonly lines: number;
  readonly line: Uint32Array;
  readonly place: Uint32Array;
  readonly step: Uint32Array;
  /** What a row adds: to a position, to get its index in the tables; to the line; and how many rows of its class come before it. */
  ofRow(row: number): { readonly column: number; readonly line: number; readonly place: number };
}

/** The line of an entry on a dead row or column. */
const EMPTY = 0xffffffff;

function tableOf({ rows, columns, order }: Layout, { submatrices: blocks, outer, inner }: Scan): ScanTable {
  const alongRows = order === "row-major";
  const [byRow, byColumn] = alongRows ? [outer, inner] : [inner, outer];
  // Dead rows have a class of their own, the last, in which all columns are dead.
  const line = new Uint32Array((byRow.groups.length + 1) * columns).fill(EMPTY);
  const place = new Uint32Array(line.length);
  const step = new Uint32Array(line.length);
  let lines = 0;
  blocks.forEach(({ start, size, outer: outerRange, inner: innerRange }, block) => {
    const table = Math.floor(block / byColumn.groups.length) * columns;
    const { from, to } = alongRows ? innerRange : outerRange;
    for (let i = from; i < to; i++) {
      const at = table + offsetOf(byColumn, i);
      line[at] = lines + (alongRows ? 0 : i - from);
      place[at] = start + (i - from) * (alongRows ? 1 : size);
      step[at] = alongRows ? size : 1;
    }
    lines += outerRange.to - outerRange.from;
  });
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

/** Where each line's entries start. RangeError for an entry on no line. */
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
          `positions[${i}]: expected on a live line, got row ${row}, column ${positions[i] - row * table.columns}`,
        );
      }
      first[table.line[at] + line + 1]++;
    }
  }
  for (let i = 0; i < table.lines; i++) first[i + 1] += first[i];
  return first;
}
