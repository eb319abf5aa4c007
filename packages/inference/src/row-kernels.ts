import type { CodedRows, DenseRows, GroupedRows, ValuedRows, WeightRows } from "./weight-rows";

/** Items that run side by side: eight sums fit the registers, and the activations of eight items the second cache. */
export const BLOCK_LANES = 8;

/** How many items a buffer holds side by side: activations are stored [feature][lane]. */
export type Lanes = 1 | typeof BLOCK_LANES;

/** One product: for every row and every position, y = scale * (sum of weight * x[offset + position]) + bias[row]; the sum times the scale of the row. */
export interface RowProduct {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly lanes: Lanes;
  /** What is added to every offset, one an output position: 0 for a matrix, the window's corner for a convolution. */
  readonly positions: Uint32Array;
  /** The output feature is row * rowStride + position * positionStride. */
  readonly rowStride: number;
  readonly positionStride: number;
  readonly scale: number;
  readonly bias: Float32Array | undefined;
}

/** Runs `product` for all rows. Sums are kept in float64 and rounded once. */
export function multiplyRows(weight: WeightRows, product: RowProduct): void {
  const { x, y, lanes, positions, rowStride, positionStride, scale, bias } = product;
  const sums = new Float64Array(lanes);
  for (let row = 0; row < weight.rows; row++) {
    const rowScale = weight.outputScales === undefined ? scale : scale * weight.outputScales[row];
    const shift = bias === undefined ? 0 : bias[row];
    for (let p = 0; p < positions.length; p++) {
      sumRow(weight, row, x, positions[p], sums);
      const to = (row * rowStride + p * positionStride) * lanes;
      for (let lane = 0; lane < lanes; lane++) y[to + lane] = rowScale * sums[lane] + shift;
    }
  }
}

function sumRow(weight: WeightRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const single = sums.length === 1;
  if (weight.kind === "coded") (single ? codedSum : codedSums)(weight, row, x, base, sums);
  else if (weight.kind === "grouped") (single ? groupedSum : groupedSums)(weight, row, x, base, sums);
  else if (weight.kind === "valued") (single ? valuedSum : valuedSums)(weight, row, x, base, sums);
  else (single ? denseSum : denseSums)(weight, row, x, base, sums);
}

function codedSum(weight: CodedRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { rowStarts, offsets, codes, centroids } = weight;
  const end = rowStarts[row + 1];
  let sum = 0;
  for (let i = rowStarts[row]; i < end; i++) sum += centroids[codes[i]] * x[offsets[i] + base];
  sums[0] = sum;
}

function codedSums(weight: CodedRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { rowStarts, offsets, codes, centroids } = weight;
  const end = rowStarts[row + 1];
  let s0 = 0,
    s1 = 0,
    s2 = 0,
    s3 = 0,
    s4 = 0,
    s5 = 0,
    s6 = 0,
    s7 = 0;
  for (let i = rowStarts[row]; i < end; i++) {
    const value = centroids[codes[i]];
    const at = (offsets[i] + base) * BLOCK_LANES;
    s0 += value * x[at];
    s1 += value * x[at + 1];
    s2 += value * x[at + 2];
    s3 += value * x[at + 3];
    s4 += value * x[at + 4];
    s5 += value * x[at + 5];
    s6 += value * x[at + 6];
    s7 += value * x[at + 7];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = s4;
  sums[5] = s5;
  sums[6] = s6;
  sums[7] = s7;
}

function valuedSum(weight: ValuedRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { rowStarts, offsets, values } = weight;
  const end = rowStarts[row + 1];
  let sum = 0;
  for (let i = rowStarts[row]; i < end; i++) sum += values[i] * x[offsets[i] + base];
  sums[0] = sum;
}

/** Seldom needed, so not unrolled. */
function valuedSums(weight: ValuedRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { rowStarts, offsets, values } = weight;
  const end = rowStarts[row + 1];
  sums.fill(0);
  for (let i = rowStarts[row]; i < end; i++) {
    const at = (offsets[i] + base) * BLOCK_LANES;
    for (let lane = 0; lane < BLOCK_LANES; lane++) sums[lane] += values[i] * x[at + lane];
  }
}

function groupedSum(weight: GroupedRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { rowStarts, groupStarts, groupCodes, offsets, centroids } = weight;
  const lastGroup = rowStarts[row + 1];
  let total = 0;
  for (let group = rowStarts[row]; group < lastGroup; group++) {
    const end = groupStarts[group + 1];
    let sum = 0;
    for (let i = groupStarts[group]; i < end; i++) sum += x[offsets[i] + base];
    total += centroids[groupCodes[group]] * sum;
  }
  sums[0] = total;
}

function groupedSums(weight: GroupedRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { rowStarts, groupStarts, groupCodes, offsets, centroids } = weight;
  const lastGroup = rowStarts[row + 1];
  sums.fill(0);
  for (let group = rowStarts[row]; group < lastGroup; group++) {
    const end = groupStarts[group + 1];
    let s0 = 0,
      s1 = 0,
      s2 = 0,
      s3 = 0,
      s4 = 0,
      s5 = 0,
      s6 = 0,
      s7 = 0;
    for (let i = groupStarts[group]; i < end; i++) {
      const at = (offsets[i] + base) * BLOCK_LANES;
      s0 += x[at];
      s1 += x[at + 1];
      s2 += x[at + 2];
      s3 += x[at + 3];
      s4 += x[at + 4];
      s5 += x[at + 5];
      s6 += x[at + 6];
      s7 += x[at + 7];
    }
    const value = centroids[groupCodes[group]];
    sums[0] += value * s0;
    sums[1] += value * s1;
    sums[2] += value * s2;
    sums[3] += value * s3;
    sums[4] += value * s4;
    sums[5] += value * s5;
    sums[6] += value * s6;
    sums[7] += value * s7;
  }
}

function denseSum(weight: DenseRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { columns, values, columnOffsets, rowOffsets } = weight;
  const first = row * columns;
  const from = rowOffsets[row] + base;
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += values[first + c] * x[columnOffsets[c] + from];
  sums[0] = sum;
}

function denseSums(weight: DenseRows, row: number, x: Float32Array, base: number, sums: Float64Array): void {
  const { columns, values, columnOffsets, rowOffsets } = weight;
  const first = row * columns;
  const from = rowOffsets[row] + base;
  let s0 = 0,
    s1 = 0,
    s2 = 0,
    s3 = 0,
    s4 = 0,
    s5 = 0,
    s6 = 0,
    s7 = 0;
  for (let c = 0; c < columns; c++) {
    const value = values[first + c];
    const at = (columnOffsets[c] + from) * BLOCK_LANES;
    s0 += value * x[at];
    s1 += value * x[at + 1];
    s2 += value * x[at + 2];
    s3 += value * x[at + 3];
    s4 += value * x[at + 4];
    s5 += value * x[at + 5];
    s6 += value * x[at + 6];
    s7 += value * x[at + 7];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = s4;
  sums[5] = s5;
  sums[6] = s6;
  sums[7] = s7;
}
