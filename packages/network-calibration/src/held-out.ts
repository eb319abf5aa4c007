import { outputDifferences } from "@deep-compression/calibration";
import type { Layer } from "./layer";
import type { SampledRows } from "./layer-statistics";

/** Inputs of a group that are held out. */
export interface HeldOutGroup {
  readonly count: number;
  /** In the compressed network, row by row. */
  readonly inputs: Float32Array;
  /** What the outputs lack there by the dense weights, a skip connection's difference included; undefined: nothing. */
  readonly lacking: Float32Array | undefined;
}

type Shape = Pick<Layer, "rows" | "columns">;

/** @param weights the dense ones of this group, row by row */
export function heldOutGroup(
  { rows, columns }: Shape,
  weights: Float64Array,
  { dense, compressed, skip }: SampledRows,
): HeldOutGroup {
  const count = compressed.length / columns;
  if (dense === compressed) return { count, inputs: compressed, lacking: skip };
  const lacking = outputDifferences(dense, compressed, weights, { rows, columns });
  for (let i = 0; skip !== undefined && i < lacking.length; i++) lacking[i]! += skip[i]!;
  return { count, inputs: compressed, lacking };
}

/**
 * The mean squared error of each row's outputs.
 *
 * @param options.weights the dense ones of this group
 * @param options.values those in their place
 * @param options.correction what is added to each row's outputs
 */
export function heldOutErrors(
  { rows, columns }: Shape,
  { count, inputs, lacking }: HeldOutGroup,
  options: { readonly weights: Float64Array; readonly values: Float64Array; readonly correction: Float64Array },
): Float64Array {
  const { weights, values, correction } = options;
  const changes = weights.map((weight, i) => weight - values[i]!);
  const errors = outputDifferences(inputs, new Float32Array(inputs.length), changes, { rows, columns });
  const sums = new Float64Array(rows);
  for (let i = 0, at = 0; i < count; i++) {
    for (let row = 0; row < rows; row++, at++) {
      sums[row]! += (errors[at]! + (lacking?.[at] ?? 0) - correction[row]!) ** 2;
    }
  }
  return sums.map((sum) => sum / Math.max(1, count));
}
