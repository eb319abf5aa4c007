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

/** Adds a multiple of weights x inputs, four columns at a time; weights of 0 cost nothing. */
function addProduct(
  sums: Float64Array,
  weights: Float64Array,
  inputs: Float64Array,
  { rows, columns, factor }: { readonly rows: number; readonly columns: number; readonly factor: number },
): void {
  const count = inputs.length / columns;
  const used = new Uint32Array(columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let size = 0;
    for (let j = 0; j < columns; j++) if (weights[start + j] !== 0) used[size++] = j;
    const own = sums.subarray(row * count, (row + 1) * count);
    let k = 0;
    for (; k + 4 <= size; k += 4) {
      const [a, b, c, d] = [used[k]!, used[k + 1]!, used[k + 2]!, used[k + 3]!];
      const [v, w, x, y] = [weights[start + a]!, weights[start + b]!, weights[start + c]!, weights[start + d]!];
      const [f, g, p, q] = [factor * v, factor * w, factor * x, factor * y];
      const [fromA, fromB, fromC, fromD] = [a * count, b * count, c * count, d * count];
      for (let i = 0; i < count; i++) {
        own[i]! += f * inputs[fromA + i]! + g * inputs[fromB + i]! + p * inputs[fromC + i]! + q * inputs[fromD + i]!;
      }
    }
    for (; k < size; k++) {
      const f = factor * weights[start + used[k]!]!;
      for (let i = 0, from = used[k]! * count; i < count; i++) own[i]! += f * inputs[from + i]!;
    }
  }
}
