/** A sparse matrix by rows (CSR), each entry with its column and value: what the paper timed. */
export interface SparseRows {
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** The entries of a dense matrix. */
export function sparseRows(dense: Float32Array, columns: number): SparseRows {
  const count = dense.reduce((sum, value) => sum + Number(value !== 0), 0);
  const rows = dense.length / columns;
  const matrix = {
    starts: new Uint32Array(rows + 1),
    columns: new Uint32Array(count),
    values: new Float32Array(count),
  };
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = dense[row * columns + column]!;
      if (value === 0) continue;
      matrix.columns[at] = column;
      matrix.values[at++] = value;
    }
    matrix.starts[row + 1] = at;
  }
  return matrix;
}

/** y = W x. */
export function multiplyRows({ starts, columns, values }: SparseRows, x: Float32Array, y: Float32Array): void {
  for (let row = 0; row < y.length; row++) {
    let sum = 0;
    for (let i = starts[row]!; i < starts[row + 1]!; i++) sum += values[i]! * x[columns[i]!]!;
    y[row] = sum;
  }
}
