import { offsetOf } from "./scan-axis";
import type { Layout, Scan } from "./scan-order";

/**
 * What takes an entry of a row-major matrix to its place in a scan: for each row class and column (at class * columns + column) its
 * submatrix and its line, both numbered in scan order, its scan position, and how far the entry of the next row of that class is
 * from it.
 */
export interface ScanTable {
  readonly columns: number;
  readonly lines: number;
  readonly submatrix: Uint16Array;
  readonly line: Uint32Array;
  readonly place: Uint32Array;
  readonly step: Uint32Array;
  /** What a row adds to a position, to get its index in the tables, and to the line; how many of its class come before it. */
  ofRow(row: number): { readonly column: number; readonly line: number; readonly place: number };
}

/** The line of an entry on an empty row or column, and its submatrix. */
export const EMPTY_LINE = 0xffffffff;
export const NO_SUBMATRIX = 0xffff;

export function scanTable({ rows, columns, order }: Layout, { submatrices, outer, inner }: Scan): ScanTable {
  const alongRows = order === "row-major";
  const [byRow, byColumn] = alongRows ? [outer, inner] : [inner, outer];
  // Empty rows have a class of their own, the last, in which all columns are empty.
  const line = new Uint32Array((byRow.groups.length + 1) * columns).fill(EMPTY_LINE);
  const place = new Uint32Array(line.length);
  const step = new Uint32Array(line.length);
  const submatrix = new Uint16Array(line.length).fill(NO_SUBMATRIX);
  let lines = 0;
  for (const [number, { start, size, outer: outerRange, inner: innerRange, rowGroup }] of submatrices.entries()) {
    const table = rowGroup * columns;
    const { from, to } = alongRows ? innerRange : outerRange;
    for (let i = from; i < to; i++) {
      const at = table + offsetOf(byColumn, i);
      submatrix[at] = number;
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
  return { columns, lines, submatrix, line, place, step, ofRow };
}
