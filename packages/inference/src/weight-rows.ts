import { allocateCodes, type Codes } from "@deep-compression/bits";
import type { WeightEntries } from "@deep-compression/tensor-codec";
import { checkSize, entriesOf, type ShapedWeight } from "./weight-source";

/**
 * A weight laid out for the row kernels: one row an output, in which each non-zero weight knows the offset of the input
 * it reads. `coded` holds offset and code; `grouped` sorts a row by code, so that a group of equal codes costs one
 * product; `dense` is a raw tensor, its offsets shared by all rows; `valued` holds offset and value.
 */
export type WeightRows = (CodedRows | GroupedRows | DenseRows | ValuedRows) & RowScales;

/** Scales of a weight in codes. */
interface RowScales {
  /** What the sum of each row is multiplied by. */
  readonly outputScales?: Float32Array;
  /** What each input is to be multiplied by before it is read; only where the placement says that inputs can be. */
  readonly inputScales?: Float32Array;
}

/** Rows whose entries read inputs that other entries read with other scales: each has its own value. */
export interface ValuedRows {
  readonly kind: "valued";
  readonly rows: number;
  readonly rowStarts: Uint32Array;
  readonly offsets: Uint16Array | Uint32Array;
  readonly values: Float32Array;
}

export interface CodedRows {
  readonly kind: "coded";
  readonly rows: number;
  readonly rowStarts: Uint32Array;
  readonly offsets: Uint16Array | Uint32Array;
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

export interface GroupedRows {
  readonly kind: "grouped";
  readonly rows: number;
  /** The first group of each row, and the end. */
  readonly rowStarts: Uint32Array;
  /** The first entry of each group, and the end. */
  readonly groupStarts: Uint32Array;
  readonly groupCodes: Codes;
  readonly offsets: Uint16Array | Uint32Array;
  readonly centroids: Float32Array;
}

export interface DenseRows {
  readonly kind: "dense";
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  readonly columnOffsets: Uint32Array;
  readonly rowOffsets: Uint32Array;
}

/** How the stored matrix feeds the outputs. */
export interface Placement {
  readonly name: string;
  /** Rows and columns of the stored, row-major matrix. */
  readonly rows: number;
  readonly columns: number;
  /** Whether an output is a row of the stored matrix or a column of it. */
  readonly outputs: "rows" | "columns";
  /** The input offset an entry reads: one an element of the other axis. */
  readonly inputOffsets: Uint32Array;
  /** Whether each element of the other axis reads an input of its own, which can be scaled. */
  readonly inputs: "own" | "common";
  /** Added to it: one an output (the groups of a convolution). */
  readonly outputOffsets: Uint32Array;
}

// A group costs eight running sums loaded and stored beside its product. Measured (300x784 and 1000x1000, 4 to 64
// centroids): at a mean length of 8 one item runs 1.4x faster than from codes and eight items as fast, at 15 eight items
// run 1.1x faster; at 4 eight items run 1.2x slower.
const WORTH_GROUPING = 8;

/** Lays out a stored weight for `placement`, in memory proportional to its non-zeros. @throws as `entriesOf` */
export function weightRows(weight: ShapedWeight, placement: Placement): WeightRows {
  const { stored, shape } = weight;
  if (stored.form === "raw") {
    checkSize(placement.name, shape, stored.values.length);
    return denseRows(stored.values, placement);
  }
  const entries = { ...entriesOf(placement.name, shape, stored), centroids: stored.centroids };
  const { scales = {} } = stored;
  const byRow = placement.outputs === "rows";
  const [outputScales, inputScales] = byRow ? [scales.rows, scales.columns] : [scales.columns, scales.rows];
  const ofOutputs = outputScales && { outputScales };
  if (inputScales && placement.inputs === "common") {
    return { ...valuedRows(entries, inputScales, placement), ...ofOutputs };
  }
  const coded = codedRows(entries, placement);
  return { ...(groupedRows(coded) ?? coded), ...ofOutputs, ...(inputScales && { inputScales }) };
}

/** Bytes of the prepared layout, codebook included. */
export function weightRowsBytes(weight: WeightRows): number {
  return Object.values(weight).reduce((sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);
}

function denseRows(values: Float32Array, placement: Placement): DenseRows {
  const { rows, columns, inputOffsets: columnOffsets, outputOffsets: rowOffsets } = placement;
  if (placement.outputs === "rows") return { kind: "dense", rows, columns, values, columnOffsets, rowOffsets };
  const transposed = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) transposed[c * rows + r] = values[r * columns + c];
  return { kind: "dense", rows: columns, columns: rows, values: transposed, columnOffsets, rowOffsets };
}

/** Entries and what their codes mean. */
type Entries = WeightEntries & Pick<CodedRows, "centroids">;

/** Entries sorted by output, then by code: two stable counting sorts. Weights of exactly zero are left out. */
function codedRows(entries: Entries, placement: Placement): CodedRows {
  const { codes, centroids } = entries;
  const { order, rows, rowStarts, offsets } = sortedEntries(entries, placement);
  const sorted = allocateCodes(centroids.length, order.length);
  order.forEach((entry, i) => {
    sorted[i] = codes[entry];
  });
  return { kind: "coded", rows, rowStarts, offsets, codes: sorted, centroids };
}

/** The same entries, each with its centroid times the scale of its input. */
function valuedRows(entries: Entries, inputScales: Float32Array, placement: Placement): ValuedRows {
  const { positions, codes, centroids } = entries;
  const { order, rows, rowStarts, offsets } = sortedEntries(entries, placement);
  const { outputs, columns } = placement;
  const values = Float32Array.from(order, (entry) => {
    const [row, column] = [Math.floor(positions[entry] / columns), positions[entry] % columns];
    return inputScales[outputs === "rows" ? column : row] * centroids[codes[entry]];
  });
  return { kind: "valued", rows, rowStarts, offsets, values };
}

function sortedEntries(entries: Entries, placement: Placement) {
  const { positions, codes, centroids } = entries;
  const { columns, inputOffsets, outputOffsets } = placement;
  const rows = placement.outputs === "rows" ? placement.rows : columns;
  const byRow = placement.outputs === "rows";
  const output = (i: number): number => (byRow ? Math.floor(positions[i] / columns) : positions[i] % columns);
  const input = (i: number): number => (byRow ? positions[i] % columns : Math.floor(positions[i] / columns));

  const byCode = countingSort(nonZeroEntries(entries), (i) => codes[i], centroids.length).order;
  const { order, starts: rowStarts } = countingSort(byCode, output, rows);
  const widest = maximum(inputOffsets) + maximum(outputOffsets);
  const offsets = widest <= 0xffff ? new Uint16Array(order.length) : new Uint32Array(order.length);
  order.forEach((entry, i) => {
    offsets[i] = inputOffsets[input(entry)] + outputOffsets[output(entry)];
  });
  return { order, rows, rowStarts, offsets };
}

function nonZeroEntries({ codes, centroids }: Entries): Uint32Array {
  const kept = new Uint32Array(codes.length);
  let count = 0;
  for (let i = 0; i < codes.length; i++) if (centroids[codes[i]] !== 0) kept[count++] = i;
  return kept.subarray(0, count);
}

function maximum(offsets: Uint32Array): number {
  return offsets.reduce((most, offset) => Math.max(most, offset), 0);
}

/** Items in the order of their keys, and where the items of each key start. */
function countingSort(items: Uint32Array, key: (item: number) => number, keys: number) {
  const starts = new Uint32Array(keys + 1);
  for (const item of items) starts[key(item) + 1]++;
  for (let k = 0; k < keys; k++) starts[k + 1] += starts[k];
  const next = starts.slice();
  const order = new Uint32Array(items.length);
  for (const item of items) order[next[key(item)]++] = item;
  return { order, starts };
}

/** The same weight with one product a group, or undefined where the groups are too short to pay. */
function groupedRows({ rows, rowStarts, offsets, codes, centroids }: CodedRows): GroupedRows | undefined {
  const firsts: number[] = [];
  const groupRowStarts = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    for (let i = rowStarts[row]; i < rowStarts[row + 1]; i++)
      if (i === rowStarts[row] || codes[i] !== codes[i - 1]) firsts.push(i);
    if (firsts.length * WORTH_GROUPING > codes.length) return undefined;
    groupRowStarts[row + 1] = firsts.length;
  }
  if (firsts.length === 0) return undefined;
  const groupCodes = codes instanceof Uint8Array ? new Uint8Array(firsts.length) : new Uint16Array(firsts.length);
  firsts.forEach((first, group) => {
    groupCodes[group] = codes[first];
  });
  const groupStarts = Uint32Array.from([...firsts, codes.length]);
  return { kind: "grouped", rows, rowStarts: groupRowStarts, groupStarts, groupCodes, offsets, centroids };
}
