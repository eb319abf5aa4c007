import { rowStarts } from "./line-counts";
import { type Layout, scanByLine } from "./scan-order";
import type { SparseVector } from "./sparse-vector";
import { type SubmatrixCounts, submatrixCounts } from "./submatrix-counts";
import { allocateLike } from "./value-arrays";

/** Rows of one class that are taken together: a scan along columns meets their entries as in the whole matrix. */
const BAND_ROWS = 16;

/**
 * About what {@link submatrixCounts} finds, from about so many entries: those of bands of rows, evenly spread over the rows of each
 * class, times what is left out. How many elements submatrices have is exact; matrices of few entries are counted whole.
 *
 * @param options.entries as many, about; more where there are classes of few rows
 * @throws as `submatrixCounts`, but entries that are left out are not looked at
 */
export function estimatedSubmatrixCounts(
  { levels, ...layout }: Layout,
  vector: SparseVector<Uint8Array | Uint16Array>,
  options: { readonly alphabet: number; readonly entries: number },
): SubmatrixCounts[] {
  const bands = Math.floor(vector.positions.length / options.entries);
  if (bands < 2) return submatrixCounts(layout, vector, options);
  const { submatrices } = scanByLine(layout);
  const sample = rowsOf(layout, vector, bandRows(layout, bands));
  const counts = submatrixCounts(sample.layout, sample.vector, options);
  const parts = submatrices.map(({ outer, size }, i) => {
    const elements = (outer.to - outer.from) * size;
    return { elements, factor: elements / counts[i]!.elements };
  });
  // Rows may be a little denser than those that are left out: entries are scaled to as many as there are.
  const found = counts.reduce((sum, { entries }, i) => sum + entries * parts[i]!.factor, 0);
  const dense = vector.positions.length / Math.max(1, found);
  return counts.map((own, i) => scaled(own, { ...parts[i]!, dense }));
}

/** One band of each so many of the rows of each class that is not empty, ascending. */
function bandRows({ rows, rowClasses }: Layout, bands: number): number[] {
  const met = new Map<number, number>();
  const chosen: number[] = [];
  for (let row = 0; row < rows; row++) {
    const own = rowClasses?.[row] ?? 1;
    const before = met.get(own) ?? 0;
    met.set(own, before + 1);
    if (own > 0 && Math.floor(before / BAND_ROWS) % bands === 0) chosen.push(row);
  }
  return chosen;
}

/** The matrix of some rows only. */
function rowsOf(
  layout: Layout,
  vector: SparseVector<Uint8Array | Uint16Array>,
  rows: readonly number[],
): { readonly layout: Layout; readonly vector: SparseVector<Uint8Array | Uint16Array> } {
  const { columns, rowClasses } = layout;
  const starts = rowStarts({ ...layout, positions: vector.positions });
  const count = rows.reduce((sum, row) => sum + starts[row + 1]! - starts[row]!, 0);
  const positions = new Uint32Array(count);
  const values = allocateLike(vector.values, count);
  let to = 0;
  for (const [own, row] of rows.entries()) {
    const [from, end] = [starts[row]!, starts[row + 1]!];
    values.set(vector.values.subarray(from, end), to);
    for (let i = from; i < end; i++) positions[to++] = vector.positions[i]! - (row - own) * columns;
  }
  return {
    layout: {
      ...layout,
      rows: rows.length,
      ...(rowClasses && { rowClasses: Uint8Array.from(rows, (row) => rowClasses[row]!) }),
    },
    vector: { length: rows.length * columns, positions, values },
  };
}

/** Counts of a part of a submatrix as those of all of it, whose entries are `dense` times as dense. */
function scaled(
  { gaps, mask, values, ...part }: SubmatrixCounts,
  { elements, factor, dense }: { readonly elements: number; readonly factor: number; readonly dense: number },
): SubmatrixCounts {
  const times = (count: number) => Math.round(factor * dense * count);
  const bytes = mask.map(times);
  bytes[0] = 0;
  bytes[0] = Math.max(0, Math.ceil(elements / 8) - bytes.reduce((sum, count) => sum + count, 0));
  return {
    elements,
    entries: Math.min(elements, times(part.entries)),
    gaps: { low: gaps.low.map(times), high: times(gaps.high) },
    mask: bytes,
    values: values.map(times),
  };
}
