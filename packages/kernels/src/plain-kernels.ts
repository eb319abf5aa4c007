import type { CentredRows, ColumnSums } from "./centred-rows";
import { CHAIN, type MatrixKernels, type PairShape, slabColumns } from "./matrix-kernels";
import type { MatrixPart, MatrixValues, ProductShape } from "./matrix-part";

/** The kernels in TypeScript. */
export const PLAIN_KERNELS: MatrixKernels = {
  sumColumns,
  addCentredProducts,
  addDoubleProduct: (target, left, right, shape) => addProduct(target, left, right, { ...shape, round: (sum) => sum }),
  addFloatProduct: (target, left, right, shape) => addProduct(target, left, right, { ...shape, round: Math.fround }),
  halfPairSums,
};

function sumColumns(rows: Float32Array, width: number): ColumnSums {
  const sums = new Float64Array(width);
  const largest = new Float32Array(width);
  for (let start = 0; start < rows.length; start += width) {
    for (let j = 0; j < width; j++) {
      const value = rows[start + j];
      sums[j] += value;
      largest[j] = Math.max(largest[j], Math.abs(value));
    }
  }
  return { sums, largest };
}

function addCentredProducts(products: Float64Array, left: CentredRows, right: CentredRows): void {
  const [width, columns] = [left.means.length, right.means.length];
  const count = left.rows.length / width;
  const sums = new Float64Array(products.length);
  for (let first = 0; first < count; first += CHAIN) {
    const last = Math.min(count, first + CHAIN);
    const lefts = centredPanel(left, first, last);
    addPanel(sums, lefts, right === left ? lefts : centredPanel(right, first, last), last - first);
  }
  for (let i = 0, at = 0; i < width; i++) {
    for (let j = 0; j < columns; j++, at++) products[at] += sums[at] / left.scales[i] / right.scales[j];
  }
}

/** Adds the products of the columns, each summed up in float32. */
function addPanel(sums: Float64Array, lefts: Float32Array, rights: Float32Array, rows: number): void {
  const [width, columns] = [lefts.length / rows, rights.length / rows];
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        sum = Math.fround(sum + Math.fround(lefts[row * width + i] * rights[row * columns + j]));
      }
      sums[i * columns + j] += sum;
    }
  }
}

function centredPanel({ rows, means, scales }: CentredRows, first: number, last: number): Float32Array {
  const width = means.length;
  const panel = rows.slice(first * width, last * width);
  for (let at = 0; at < panel.length; at++) panel[at] = (panel[at] - means[at % width]) * scales[at % width];
  return panel;
}

/** `round`: to the type of the elements. */
function addProduct<Values extends MatrixValues>(
  target: MatrixPart<Values>,
  left: MatrixPart<Values>,
  right: MatrixPart<Values>,
  shape: ProductShape & { readonly round: (value: number) => number },
): void {
  const { rows, columns, depth, round } = shape;
  const sign = shape.change === "subtract" ? -1 : 1;
  const [down, across] = shape.right === "transposed" ? [1, right.stride] : [right.stride, 1];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = target.start + i * target.stride + j;
      let sum = target.values[at];
      for (let k = 0; k < depth; k++) {
        const factor = sign * left.values[left.start + i * left.stride + k];
        sum = round(sum + round(factor * right.values[right.start + k * down + j * across]));
      }
      target.values[at] = sum;
    }
  }
}

function halfPairSums(codes: Uint16Array, matrix: Float64Array, { columns, size, worths }: PairShape): Float64Array {
  const sums = new Float64Array(size * size);
  const width = slabColumns(columns);
  const byCode = new Float64Array(size * width);
  for (let first = 0; first < columns; first += width) {
    const last = Math.min(columns, first + width);
    for (let row = 0; row < worths.length; row++) {
      const own = codes.subarray(row * columns, (row + 1) * columns);
      byCode.fill(0);
      for (let i = 0; i < last; i++) {
        if (own[i] >= size) continue;
        const factor = i < first ? 1 : 0.5;
        for (let j = first; j < last; j++) byCode[own[i] * width + j - first] += factor * matrix[i * columns + j];
      }
      for (let j = first; j < last; j++) {
        if (own[j] >= size) continue;
        for (let k = 0; k < size; k++) sums[own[j] * size + k] += worths[row] * byCode[k * width + j - first];
      }
    }
  }
  return sums;
}
