import type { LayerShape } from "./rate-aware-pass";

/** The columns by the variance of their inputs, the largest first, so that errors are left to those that matter least. */
export function orderByVariance(hessian: Float64Array, size: number): Uint32Array {
  const variance = (column: number) => hessian[column * size + column]!;
  return Uint32Array.from([...Array(size).keys()].sort((a, b) => variance(b) - variance(a) || a - b));
}

/** A matrix with its columns in an order: column j is column order[j] of the matrix that is given. */
export function columnsInOrder(
  matrix: ArrayLike<number>,
  order: Uint32Array,
  { rows, columns }: LayerShape,
): Float64Array {
  const ordered = new Float64Array(rows * columns);
  for (let start = 0; start < ordered.length; start += columns) {
    for (let j = 0; j < columns; j++) ordered[start + j] = matrix[start + order[j]!]!;
  }
  return ordered;
}

/** A square matrix with rows and columns in an order. */
export function squareInOrder(matrix: Float64Array, order: Uint32Array): Float64Array {
  const size = order.length;
  const ordered = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const from = order[i]! * size;
    for (let j = 0; j < size; j++) ordered[i * size + j] = matrix[from + order[j]!]!;
  }
  return ordered;
}

/** Puts codes of columns in an order back where the columns came from. */
export function outOfOrder<Values extends Uint8Array | Uint16Array>(ordered: Values, order: Uint32Array): Values {
  const columns = order.length;
  const values = ordered.slice() as Values;
  for (let start = 0; start < values.length; start += columns) {
    for (let j = 0; j < columns; j++) values[start + order[j]!] = ordered[start + j]!;
  }
  return values;
}
