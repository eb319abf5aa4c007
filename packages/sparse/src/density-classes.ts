import { type LineCounts, lineCounts, type NonZeroPositions } from "./line-counts";
import type { DensityClasses } from "./scan-order";

/** Numbers of classes that are tried for rows and for columns. */
const CLASS_COUNTS = [1, 2, 3, 4, 6, 8, 12, 15];

/** Lines are merged into at most so many bins of like density before they are cut into classes. */
const MAX_BINS = 256;

/** Bits that a code of its own costs a submatrix at least: about those of a code-length table. */
const TABLE_BITS = 320;

/**
 * Density classes of rows and of columns that make the positions of a sparse matrix cheap (docs/format.md, "Layout"): none if
 * rows and columns are alike, else those that are cheapest and those that are so with at most `maxSubmatrices`. Lines, rows
 * or columns, are sorted by their counts and cut where the Bernoulli entropy of the classes, each at its own density, is
 * least: by dynamic programming, for rows and for columns alone. Then the numbers of classes are chosen together, by the
 * entropy of all submatrices and the cost of the line maps.
 *
 * @param options.counts of the matrix's lines, if they are known: positions are then not checked
 * @throws RangeError if positions are not strictly ascending or past the matrix
 */
export function densityClasses(
  matrix: NonZeroPositions,
  options: { readonly maxSubmatrices: number; readonly counts?: LineCounts },
): DensityClasses[] {
  const { maxSubmatrices, counts = lineCounts(matrix) } = options;
  const rows = binnedLines(counts.rows);
  const columns = binnedLines(counts.columns);
  if (rows.used === 0 || columns.used === 0) return [];
  const sums = submatrixSums(matrix, rows, columns);
  const rowCuts = bestCuts(rows, columns.used);
  const columnCuts = bestCuts(columns, rows.used);
  const costs = rowCuts.flatMap((byRow) =>
    columnCuts.map((byColumn) => {
      const submatrices = (byRow.length - 1) * (byColumn.length - 1);
      const tables = TABLE_BITS * Math.min(submatrices, maxSubmatrices);
      const maps = mapBits(rows, byRow) + mapBits(columns, byColumn) + tables;
      return { byRow, byColumn, submatrices, bits: submatrixBits(sums, { rows, columns, byRow, byColumn }) + maps };
    }),
  );
  const worthwhile = costs.filter(({ submatrices, bits }) => submatrices > 1 && bits < 0.998 * costs[0].bits);
  const cheapest = (of: typeof costs) => of.reduce((best, cost) => (cost.bits < best.bits ? cost : best), of[0]);
  const few = worthwhile.filter(({ submatrices }) => submatrices <= maxSubmatrices);
  const chosen = new Set([cheapest(worthwhile), cheapest(few)].filter((cost) => cost !== undefined));
  return [...chosen].map(({ byRow, byColumn }) => {
    const rowClasses = classesOf(rows, byRow);
    const columnClasses = classesOf(columns, byColumn);
    return { ...(rowClasses && { rowClasses }), ...(columnClasses && { columnClasses }) };
  });
}

/** Lines sorted by their counts, in bins of as many lines each; empty ones aside. */
interface BinnedLines {
  /** The bin of each line; empty lines have none, -1. */
  readonly binOf: Int16Array;
  readonly used: number;
  /** Lines before each bin and, last, all; likewise their counts. */
  readonly lines: Float64Array;
  readonly counts: Float64Array;
}

function binnedLines(counts: Uint32Array): BinnedLines {
  // Sorted by one key: the product stays below 2^53, because counts times lines are at most the elements, 2^32.
  const keys = Float64Array.from(counts, (count, line) => count * counts.length + line).sort();
  const empty = keys.findIndex((key) => key >= counts.length);
  const used = empty < 0 ? 0 : counts.length - empty;
  const bins = Math.min(used, MAX_BINS);
  const binOf = new Int16Array(counts.length).fill(-1);
  const lines = new Float64Array(bins + 1);
  const sums = new Float64Array(bins + 1);
  for (let bin = 0; bin < bins; bin++) {
    const end = Math.round(((bin + 1) * used) / bins);
    lines[bin + 1] = end;
    sums[bin + 1] = sums[bin];
    for (let i = lines[bin]; i < end; i++) {
      const line = keys[counts.length - used + i] % counts.length;
      binOf[line] = bin;
      sums[bin + 1] += counts[line];
    }
  }
  return { binOf, used, lines, counts: sums };
}

/** For each number of classes, the bins at which classes begin and, last, the end: of the cheapest cut. */
function bestCuts({ lines, counts }: BinnedLines, across: number): number[][] {
  const bins = lines.length - 1;
  const most = Math.min(bins, CLASS_COUNTS[CLASS_COUNTS.length - 1]);
  const width = bins + 1;
  // cost[k * width + end]: of the first `end` bins in k classes; from: where the last of them begins.
  const cost = new Float64Array((most + 1) * width).fill(Number.POSITIVE_INFINITY);
  const from = new Uint16Array((most + 1) * width);
  cost[0] = 0;
  for (let end = 1; end <= bins; end++) {
    for (let start = 0; start < end; start++) {
      const cell = bernoulliBits(counts[end] - counts[start], (lines[end] - lines[start]) * across);
      for (let k = 1; k <= most; k++) {
        const sum = cost[(k - 1) * width + start] + cell;
        if (sum >= cost[k * width + end]) continue;
        cost[k * width + end] = sum;
        from[k * width + end] = start;
      }
    }
  }
  return CLASS_COUNTS.filter((classes) => classes <= most).map((classes) => {
    const cuts = [bins];
    for (let k = classes; k > 0; k--) cuts.unshift(from[k * width + cuts[0]]);
    return cuts;
  });
}

/** Non-zeros before each pair of bins: element (r, c) of (row bins + 1) x (column bins + 1) counts those of lower bins. */
function submatrixSums(
  { columns, positions }: NonZeroPositions,
  byRow: BinnedLines,
  byColumn: BinnedLines,
): Float64Array {
  const width = byColumn.lines.length;
  const sums = new Float64Array(byRow.lines.length * width);
  countBins(sums, { columns, positions }, byRow.binOf, byColumn.binOf, width);
  for (let at = width; at < sums.length; at++) {
    if (at % width > 0) sums[at] += sums[at - 1] + sums[at - width] - sums[at - width - 1];
  }
  return sums;
}

/** A loop of its own: an engine that optimizes it knows all of its function. */
function countBins(
  sums: Float64Array,
  { columns, positions }: Pick<NonZeroPositions, "columns" | "positions">,
  rowBins: Int16Array,
  columnBins: Int16Array,
  width: number,
): void {
  for (let i = 0, start = 0, row = 0; i < positions.length; i++) {
    if (positions[i] - start >= columns) {
      row = Math.floor(positions[i] / columns);
      start = row * columns;
    }
    sums[(rowBins[row] + 1) * width + columnBins[positions[i] - start] + 1]++;
  }
}

interface ClassCuts {
  readonly rows: BinnedLines;
  readonly columns: BinnedLines;
  readonly byRow: readonly number[];
  readonly byColumn: readonly number[];
}

function submatrixBits(sums: Float64Array, { rows, columns, byRow, byColumn }: ClassCuts): number {
  const width = columns.lines.length;
  let bits = 0;
  for (let r = 1; r < byRow.length; r++) {
    const [top, bottom] = [byRow[r - 1], byRow[r]];
    for (let c = 1; c < byColumn.length; c++) {
      const [left, right] = [byColumn[c - 1], byColumn[c]];
      const count =
        sums[bottom * width + right] -
        sums[top * width + right] -
        sums[bottom * width + left] +
        sums[top * width + left];
      const area = (rows.lines[bottom] - rows.lines[top]) * (columns.lines[right] - columns.lines[left]);
      bits += bernoulliBits(count, area);
    }
  }
  return bits;
}

/** Entropy of the classes over all lines, the empty ones with them, and 64 bits for a line map at all. */
function mapBits({ binOf, used, lines }: BinnedLines, cuts: readonly number[]): number {
  const sizes = cuts.slice(1).map((cut, k) => lines[cut] - lines[cuts[k]]);
  const empty = binOf.length - used;
  if (sizes.length === 1 && empty === 0) return 0;
  return [...sizes, empty].reduce((bits, size) => (size > 0 ? bits - size * Math.log2(size / binOf.length) : bits), 64);
}

/** Bits that tell which `count` of `area` elements are there: the entropy of a Bernoulli source. */
export function bernoulliBits(count: number, area: number): number {
  if (count <= 0 || count >= area) return 0;
  const rest = area - count;
  return area * Math.log2(area) - count * Math.log2(count) - rest * Math.log2(rest);
}

/** The class of each line, from the sparsest, 1, up; undefined if there is one class and no empty line. */
function classesOf({ binOf, used }: BinnedLines, cuts: readonly number[]): Uint8Array | undefined {
  if (cuts.length === 2 && used === binOf.length) return undefined;
  const classOfBin = new Uint8Array(cuts[cuts.length - 1]);
  for (let k = 1; k < cuts.length; k++) classOfBin.fill(k, cuts[k - 1], cuts[k]);
  return Uint8Array.from(binOf, (bin) => (bin < 0 ? 0 : classOfBin[bin]));
}
