/** Rows of float32, and by what their columns are centred and scaled before products of them are summed up. */
export interface CentredRows {
  /** Row-major, as many columns as there are means. */
  readonly rows: Float32Array;
  /** Of each column; not finite where a value is not. */
  readonly means: Float64Array;
  /** For each column the power of two that brings its magnitudes below 1: so that no product is too large for float32, or too small. */
  readonly scales: Float64Array;
}

/** What a pass over the rows tells of each column. */
export interface ColumnSums {
  readonly sums: Float64Array;
  /** The largest magnitude. */
  readonly largest: Float32Array;
}

/** Means and scales of rows, from the sums of their columns. */
export function centredBySums(rows: Float32Array, { sums, largest }: ColumnSums): CentredRows {
  const count = rows.length / sums.length;
  const scales = Float64Array.from(largest, (most) => (most > 0 ? 2 ** -(Math.floor(Math.log2(most)) + 1) : 1));
  return { rows, means: sums.map((sum) => sum / count), scales };
}
