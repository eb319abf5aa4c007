import { checkInteger, checkLength } from "@deep-compression/runtime";
import type { GapSummary } from "./gap-counts";
import { rowStarts } from "./line-counts";
import { type Layout, scanByLine } from "./scan-order";
import { NO_SUBMATRIX, type ScanTable, scanTable } from "./scan-table";
import type { SparseVector } from "./sparse-vector";

/** What the streams of one submatrix would hold if it were scanned alone. */
export interface SubmatrixCounts {
  readonly elements: number;
  readonly entries: number;
  readonly gaps: GapSummary;
  /** How often each byte of its mask occurs. */
  readonly mask: Uint32Array;
  /** How often each value occurs; of an alphabet of 0 none is counted. */
  readonly values: Uint32Array;
}

/**
 * Counts the entries of a row-major matrix by the submatrices of a layout, in the order of a scan without levels: what
 * `summarizeGaps` and `maskCounts` tell of each alone, found in one pass without scanning.
 *
 * @param vector whose positions ascend: only that they are on lines of the layout is checked
 * @param options.alphabet values are codes below it, which are counted too; 0: they are not
 * @throws TypeError, RangeError if the layout is none, they do not belong together, or an entry is on an empty line
 */
export function submatrixCounts(
  { levels, ...layout }: Layout,
  vector: SparseVector<Uint8Array | Uint16Array>,
  options: { readonly alphabet: number },
): SubmatrixCounts[] {
  const alphabet = checkInteger("alphabet", options.alphabet, { maximum: 65536 });
  const scan = scanByLine(layout);
  checkLength("vector", vector.length, layout.rows * layout.columns);
  const submatrices = scan.submatrices.map((submatrix) => ({ ...submatrix, start: 0 }));
  const table = scanTable(layout, { ...scan, submatrices });
  const tallies = countEntries(table, vector, { alphabet, count: submatrices.length, layout });
  return submatrices.map(({ outer, size }, i) => {
    const elements = (outer.to - outer.from) * size;
    const low = tallies.gaps.subarray(256 * i, 256 * (i + 1));
    const mask = tallies.mask.subarray(256 * i, 256 * (i + 1));
    mask[0] = 0;
    mask[0] = Math.max(0, Math.ceil(elements / 8) - sumOf(mask));
    const values = tallies.values.subarray(alphabet * i, alphabet * (i + 1));
    return { elements, entries: sumOf(low), gaps: { low, high: tallies.high[i] }, mask, values };
  });
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The counts of each kind, one submatrix behind the other. */
interface Tallies {
  readonly gaps: Uint32Array;
  /** Of gaps, in 256s. */
  readonly high: Float64Array;
  readonly mask: Uint32Array;
  readonly values: Uint32Array;
}

/**
 * Entries come row by row. So those of a submatrix that is scanned along rows are met in their order, which makes it one line here;
 * otherwise those of each of its columns are.
 */
interface Lines {
  readonly submatrix: Uint16Array;
  /** One more than the place of the first entry and of the last; 0 where there is none yet. */
  readonly first: Uint32Array;
  readonly next: Uint32Array;
  /** The byte of the mask that the last is in, and its bits so far; those of the first byte, once it is another. */
  readonly byte: Uint32Array;
  readonly bits: Uint8Array;
  readonly firstBits: Uint8Array;
}

function countEntries(
  table: ScanTable,
  vector: SparseVector<Uint8Array | Uint16Array>,
  { alphabet, count, layout }: { readonly alphabet: number; readonly count: number; readonly layout: Layout },
): Tallies {
  const tallies: Tallies = {
    gaps: new Uint32Array(256 * count),
    high: new Float64Array(count),
    mask: new Uint32Array(256 * count),
    values: new Uint32Array(alphabet * count),
  };
  const alongRows = layout.order === "row-major";
  const length = alongRows ? count : table.lines;
  const lines: Lines = {
    submatrix: new Uint16Array(length),
    first: new Uint32Array(length),
    next: new Uint32Array(length),
    byte: new Uint32Array(length),
    bits: new Uint8Array(length),
    firstBits: new Uint8Array(length),
  };
  const starts = rowStarts({ ...layout, positions: vector.positions });
  for (let row = 0; row < layout.rows; row++) {
    countRow(tallies, lines, { vector, table, alphabet, alongRows, row, from: starts[row], to: starts[row + 1] });
  }
  countEnds(tallies, lines);
  return tallies;
}

/** The entries of one row. */
interface Row {
  readonly vector: SparseVector<Uint8Array | Uint16Array>;
  readonly table: ScanTable;
  readonly alphabet: number;
  readonly alongRows: boolean;
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

function countRow(tallies: Tallies, lines: Lines, { table, alphabet, alongRows, row, from, to, vector }: Row): void {
  // Each array is named: looking it up for every entry takes as long as all else.
  const { gaps, high, mask, values } = tallies;
  const { first, next, byte, bits, firstBits, submatrix: submatrixOf } = lines;
  const { positions, values: codes } = vector;
  const { submatrix: submatrices, place: places, step: steps } = table;
  const lineOf = alongRows ? submatrices : table.line;
  const { column, place: rowPlace } = table.ofRow(row);
  for (let i = from; i < to; i++) {
    const at = (positions[i] + column) | 0;
    const submatrix = submatrices[at];
    if (submatrix === NO_SUBMATRIX)
      throw new RangeError(`positions[${i}]: expected on a non-empty line, got row ${row}`);
    const line = lineOf[at];
    const place = (places[at] + Math.imul(rowPlace, steps[at])) >>> 0;
    const end = next[line];
    next[line] = place + 1;
    if (end === 0) {
      first[line] = place + 1;
      byte[line] = place >>> 3;
      submatrixOf[line] = submatrix;
    } else {
      const gap = place - end;
      gaps[(submatrix << 8) | (gap & 255)]++;
      if (gap > 255) high[submatrix] += gap >>> 8;
    }
    const last = byte[line];
    if (last === place >>> 3) bits[line] |= 1 << (place & 7);
    else {
      if (last === (first[line] - 1) >>> 3) firstBits[line] = bits[line];
      else mask[(submatrix << 8) | bits[line]]++;
      byte[line] = place >>> 3;
      bits[line] = 1 << (place & 7);
    }
    if (alphabet > 0) values[alphabet * submatrix + codes[i]]++;
  }
}

/** The gap before the first entry of each line, from the last of the line before, and the first and last bytes, which lines may share. */
function countEnds({ gaps, high, mask }: Tallies, lines: Lines): void {
  const { first, next, byte, bits, firstBits } = lines;
  let [submatrix, end, shared, sharedBits] = [0, 0, 0, 0];
  const countShared = () => {
    mask[(submatrix << 8) | sharedBits]++;
  };
  for (let line = 0; line < next.length; line++) {
    if (next[line] === 0) continue;
    if (lines.submatrix[line] !== submatrix) {
      countShared();
      [submatrix, end, shared, sharedBits] = [lines.submatrix[line], 0, 0, 0];
    }
    const gap = first[line] - 1 - end;
    gaps[(submatrix << 8) | (gap & 255)]++;
    high[submatrix] += gap >>> 8;
    end = next[line];
    const start = (first[line] - 1) >>> 3;
    if (start !== shared) {
      countShared();
      [shared, sharedBits] = [start, 0];
    }
    sharedBits |= start === byte[line] ? bits[line] : firstBits[line];
    if (start !== byte[line]) {
      countShared();
      [shared, sharedBits] = [byte[line], bits[line]];
    }
  }
  countShared();
}
