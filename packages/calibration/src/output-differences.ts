import { addProduct } from "@deep-compression/kernels";
import { checkLength, checkTypedArray } from "@deep-compression/runtime";
import type { LayerShape } from "./rate-aware-pass";

/** Rows of inputs whose differences are held at once. */
const ROWS = 512;

/**
 * By how much a layer's outputs differ between the dense network's inputs and the compressed one's: W (x - x'), without the bias. Their
 * moments with the compressed inputs are what {@link residualTarget} needs, for outputs x inputs x rows multiplications each, where
 * moments of both inputs take inputs^2 x rows; and nothing cancels out.
 *
 * @param dense inputs in the dense network, as many a row as there are columns
 * @param compressed the same rows in the compressed network
 * @param weights rows x columns
 * @returns a row of outputs for each row of inputs
 * @throws TypeError, RangeError unless the rows are whole and as many
 */
export function outputDifferences(
  dense: Float32Array,
  compressed: Float32Array,
  weights: Float64Array,
  { rows, columns }: LayerShape,
): Float32Array {
  checkTypedArray("dense", dense, Float32Array);
  checkTypedArray("compressed", compressed, Float32Array);
  checkLength("compressed", compressed.length, dense.length);
  checkTypedArray("weights", weights, Float64Array);
  checkLength("weights", weights.length, rows * columns);
  const count = dense.length / columns;
  if (!Number.isInteger(count)) {
    throw new RangeError(`dense: expected whole rows of ${columns} values, got ${dense.length} values`);
  }
  const found = new Float32Array(count * rows);
  const inputs = new Float32Array(Math.min(ROWS, count) * columns);
  const right = { values: Float32Array.from(weights), start: 0, stride: columns };
  for (let first = 0; first < count; first += ROWS) {
    const some = Math.min(ROWS, count - first);
    const from = first * columns;
    for (let at = 0; at < some * columns; at++) inputs[at] = dense[from + at]! - compressed[from + at]!;
    const shape = { rows: some, columns: rows, depth: columns, right: "transposed" } as const;
    const target = { values: found, start: first * rows, stride: rows };
    addProduct(target, { values: inputs, start: 0, stride: columns }, right, shape);
  }
  return found;
}
