import { checkLength } from "./check";
import { type Layout, type Walk, walkOf } from "./layout";
import { type Axis, offsetOf } from "./line-classes";
import { checkSparseVector, type SparseVector } from "./sparse-vector";
import { allocateLike, type Values } from "./values";

/**
 * The entries of a row-major sparse matrix in walk order, with their positions in the walk; the vector itself where the
 * walk is the matrix as it stands. Takes time and memory by the entries and the lines, not by the elements.
 * RangeError for a vector that breaks its own rules, a length that is not rows * columns, or an entry on a dead line.
 */
export function walkVector<V extends Values>(layout: Layout, vector: SparseVector<V>): SparseVector<V> {
  const walk = walkOf(layout);
  checkSparseVector(vector);
  checkLength("vector", vector.length, layout.rows * layout.columns);
  const { order, rowClasses, columnClasses } = layout;
  if (order === "row-major" && rowClasses === undefined && columnClasses === undefined) return vector;
  const { positions, values } = vector;
  if (positions.length === 0) return { length: walk.length, positions, values };
  // Row-major order puts the entries of a line of the walk (a row or a column within a block) in their order already,
  // so one counting sort by line sorts them all.
  const lines = lineNumbers(layout, { walk, positions });
  const next = starts(lines.counts);
  const walked = new Uint32Array(positions.length);
  const sorted = allocateLike(values, positions.length);
  for (let i = 0; i < positions.length; i++) {
    const to = next[lines.numbers[i]]++;
    walked[to] = lines.walked[i];
    sorted[to] = values[i];
  }
  return { length: walk.length, positions: walked, values: sorted };
}

/** For each entry its position in the walk and the number of its line, in walk order; and how many entries each line has. */
function lineNumbers(
  layout: Layout,
  { walk, positions }: { readonly walk: Walk; readonly positions: Uint32Array },
): { readonly walked: Uint32Array; readonly numbers: Uint32Array; readonly counts: Uint32Array } {
  const { columns } = layout;
  const byRow = layout.order === "row-major";
  const { rowAxis, columnAxis } = byRow
    ? { rowAxis: walk.outer, columnAxis: walk.inner }
    : { rowAxis: walk.inner, columnAxis: walk.outer };
  const row = ranks(rowAxis, layout.rows);
  const column = ranks(columnAxis, columns);
  const blocks = numberedBlocks(walk);
  const walked = new Uint32Array(positions.length);
  const numbers = new Uint32Array(positions.length);
  const counts = new Uint32Array(blocks.lines);
  const rowStep = byRow ? blocks.outerStep : blocks.innerStep;
  const columnStep = byRow ? blocks.innerStep : blocks.outerStep;
  for (let i = 0, r = 0, rowStart = 0; i < positions.length; i++) {
    if (positions[i] - rowStart >= columns) {
      r = Math.floor(positions[i] / columns);
      rowStart = r * columns;
    }
    const c = positions[i] - rowStart;
    if (row.group[r] === dead || column.group[c] === dead) {
      throw new RangeError(`positions[${i}]: expected on a live line, got row ${r} and column ${c}`);
    }
    const block = row.group[r] * columnAxis.groups.length + column.group[c];
    walked[i] = blocks.base[block] + row.rank[r] * rowStep[block] + column.rank[c] * columnStep[block];
    numbers[i] = blocks.firstLine[block] + (byRow ? row.rank[r] : column.rank[c]);
    counts[numbers[i]]++;
  }
  return { walked, numbers, counts };
}

/** Of each block, what turns ranks into walk positions and line numbers; how many lines all blocks have. */
function numberedBlocks({ blocks }: Walk) {
  let lines = 0;
  const firstLine = blocks.map(({ outer }) => {
    const first = lines - outer.from;
    lines += outer.to - outer.from;
    return first;
  });
  return {
    base: Float64Array.from(blocks, ({ start, size, outer, inner }) => start - outer.from * size - inner.from),
    outerStep: Float64Array.from(blocks, ({ size }) => size),
    innerStep: new Float64Array(blocks.length).fill(1),
    firstLine: Float64Array.from(firstLine),
    lines,
  };
}

const dead = 255;

/** The place of each line among the live ones of its axis, and the group it belongs to, or `dead`. */
function ranks(axis: Axis, lines: number): { readonly rank: Uint32Array; readonly group: Uint8Array } {
  const rank = new Uint32Array(lines);
  const group = new Uint8Array(lines).fill(dead);
  axis.groups.forEach(({ from, to }, g) => {
    for (let i = from; i < to; i++) {
      const line = offsetOf(axis, i) / axis.stride;
      rank[line] = i;
      group[line] = g;
    }
  });
  return { rank, group };
}

/** Where each line's entries start, its count known. */
function starts(counts: Uint32Array): Uint32Array {
  const first = new Uint32Array(counts.length);
  for (let line = 1; line < counts.length; line++) first[line] = first[line - 1] + counts[line - 1];
  return first;
}
