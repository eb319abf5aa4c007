import { checkLength } from "@deep-compression/runtime";
import { type BitmaskVector, bitmask } from "./bitmask";
import { rowStarts } from "./line-counts";
import { type Layout, scanOf } from "./scan-order";
import { EMPTY_LINE, type ScanTable, scanTable } from "./scan-table";
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
  if (isScanned(layout)) return vector;
  const { positions, values } = vector;
  if (positions.length === 0) return { length: scan.length, positions, values };
  // Row-major order puts the entries of a line of the scan (a row or a column of a submatrix) in their order already, so one
  // counting sort by line sorts them all.
  const table = scanTable(layout, scan);
  const starts = rowStarts({ ...layout, positions });
  const next = lineStarts(table, { positions, starts });
  const scanned = { positions: new Uint32Array(positions.length), values: allocateLike(values, positions.length) };
  sortByLine(scanned, { positions, values, starts }, { table, next });
  return { length: scan.length, ...scanned };
}

/**
 * The same as the mask form has them, `bitmask().encode(scanVector(layout, vector))`, without their positions on the way.
 *
 * @throws as {@link scanVector}
 */
export function scanMask<V extends Values>(layout: Layout, vector: SparseVector<V>): BitmaskVector<V> {
  if (isScanned(layout) || vector.positions.length === 0) return bitmask<V>().encode(scanVector(layout, vector));
  const scan = scanOf(layout);
  checkSparseVector(vector);
  checkLength("vector", vector.length, layout.rows * layout.columns);
  const { positions, values } = vector;
  const table = scanTable(layout, scan);
  const starts = rowStarts({ ...layout, positions });
  const next = lineStarts(table, { positions, starts });
  const masked = { mask: new Uint8Array(Math.ceil(scan.length / 8)), values: allocateLike(values, positions.length) };
  maskByLine(masked, { positions, values, starts }, { table, next });
  return { length: scan.length, ...masked };
}

/** Whether a matrix is scanned as it stands. */
function isScanned({ order, rowClasses, columnClasses }: Layout): boolean {
  return order === "row-major" && rowClasses === undefined && columnClasses === undefined;
}

/** Entries, which row by row begin at `starts`. */
interface Rows {
  readonly positions: Uint32Array;
  readonly starts: Uint32Array;
}

// Each loop over all entries is a function of its own: an engine that optimizes it then knows all that it is to do.

function sortByLine(
  scanned: { readonly positions: Uint32Array; readonly values: Values },
  { positions, values, starts }: Rows & { readonly values: Values },
  { table, next }: { readonly table: ScanTable; readonly next: Uint32Array },
): void {
  const { positions: places, values: sorted } = scanned;
  const { line: lines, place: placeOf, step: steps } = table;
  for (let row = 0; row + 1 < starts.length; row++) {
    const { column, line, place } = table.ofRow(row);
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = (positions[i] + column) | 0;
      const to = next[lines[at] + line]++;
      places[to] = placeOf[at] + Math.imul(place, steps[at]); // modulo 2^32, under which it is
      sorted[to] = values[i];
    }
  }
}

/** The mirror of {@link sortByLine} with bits of a mask in the place of positions. */
function maskByLine(
  { mask, values: sorted }: { readonly mask: Uint8Array; readonly values: Values },
  { positions, values, starts }: Rows & { readonly values: Values },
  { table, next }: { readonly table: ScanTable; readonly next: Uint32Array },
): void {
  const { line: lines, place: placeOf, step: steps } = table;
  for (let row = 0; row + 1 < starts.length; row++) {
    const { column, line, place } = table.ofRow(row);
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = (positions[i] + column) | 0;
      const bit = (placeOf[at] + Math.imul(place, steps[at])) >>> 0;
      mask[bit >>> 3] |= 1 << (bit & 7);
      sorted[next[lines[at] + line]++] = values[i];
    }
  }
}

/** Where each line's entries start. @throws RangeError if an entry is on no line */
function lineStarts(table: ScanTable, rows: Rows): Uint32Array {
  const first = new Uint32Array(table.lines + 1);
  countLines(first, table, rows);
  for (let i = 0; i < table.lines; i++) first[i + 1] += first[i];
  return first;
}

/** How many entries the line before each has. */
function countLines(first: Uint32Array, table: ScanTable, { positions, starts }: Rows): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    const { column, line } = table.ofRow(row);
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = (positions[i] + column) | 0;
      if (table.line[at] === EMPTY_LINE) {
        throw new RangeError(
          `positions[${i}]: expected on a non-empty line, got row ${row}, column ${positions[i] - row * table.columns}`,
        );
      }
      first[table.line[at] + line + 1]++;
    }
  }
}
