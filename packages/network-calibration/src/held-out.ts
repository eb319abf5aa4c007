import type { Layer } from "./layer";
import type { SampledRows } from "./layer-statistics";

/** What the outputs of a group should be at some positions, and the inputs that there are: each row side by side over the positions. */
export interface HeldOutGroup {
  readonly count: number;
  /** columns x count */
  readonly inputs: Float64Array;
  /** rows x count: the dense network's outputs, and the skip connection's difference. */
  readonly wanted: Float64Array;
}

/** @param weights the dense ones of this group, row by row */
export function heldOutGroup(
  { rows, columns }: Pick<Layer, "rows" | "columns">,
  weights: Float64Array,
  { dense, compressed, skip }: SampledRows,
): HeldOutGroup {
  const count = compressed.length / columns;
  const inputs = turned(compressed, columns);
  const ofDense = dense === compressed ? inputs : turned(dense, columns);
  const wanted = skip === undefined ? new Float64Array(rows * count) : turned(skip, rows);
  addProduct(wanted, weights, ofDense, { rows, columns, factor: 1 });
  return { count, inputs, wanted };
}

/** The mean squared error of each row's outputs. @param values weights of this group; `correction` is added to each row's outputs */
export function heldOutErrors(
  { rows, columns }: Pick<Layer, "rows" | "columns">,
  { count, inputs, wanted }: HeldOutGroup,
  { values, correction }: { readonly values: Float64Array; readonly correction: Float64Array },
): Float64Array {
  const left = wanted.slice();
  addProduct(left, values, inputs, { rows, columns, factor: -1 });
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let at = row * count; at < (row + 1) * count; at++) sum += (left[at]! - correction[row]!) ** 2;
    return sum / Math.max(1, count);
  });
}

function turned(rows: Float32Array, columns: number): Float64Array {
  const count = rows.length / columns;
  const across = new Float64Array(rows.length);
  for (let i = 0, at = 0; i < count; i++) for (let j = 0; j < columns; j++, at++) across[j * count + i] = rows[at]!;
  return across;
}

/** Adds a multiple of weights x inputs; weights of 0 cost nothing. */
function addProduct(
  sums: Float64Array,
  weights: Float64Array,
  inputs: Float64Array,
  { rows, columns, factor }: { readonly rows: number; readonly columns: number; readonly factor: number },
): void {
  const count = inputs.length / columns;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let j = 0; j < columns; j++, at++) {
      const weight = factor * weights[at]!;
      if (weight === 0) continue;
      for (let i = row * count, end = i + count, from = j * count; i < end; i++, from++)
        sums[i]! += weight * inputs[from]!;
    }
  }
}
