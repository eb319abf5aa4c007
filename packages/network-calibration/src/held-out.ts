import { layerOutputs } from "@deep-compression/calibration";
import type { Layer } from "./layer";

/** Inputs of a group that are held out. */
export interface HeldOutGroup {
  readonly count: number;
  /** In the compressed network, row by row. */
  readonly inputs: Float32Array;
  /** What the weights had best make of them. */
  readonly outputs: Float32Array;
}

/**
 * The mean squared error of each row's outputs.
 *
 * @param options.values the weights of this group
 * @param options.correction what is added to each row's outputs
 */
export function heldOutErrors(
  { rows, columns }: Pick<Layer, "rows" | "columns">,
  { count, inputs, outputs }: HeldOutGroup,
  { values, correction }: { readonly values: Float64Array; readonly correction: Float64Array },
): Float64Array {
  const made = layerOutputs(inputs, values, { rows, columns });
  const sums = new Float64Array(rows);
  for (let i = 0, at = 0; i < count; i++) {
    for (let row = 0; row < rows; row++, at++) sums[row]! += (outputs[at]! - made[at]! - correction[row]!) ** 2;
  }
  return sums.map((sum) => sum / Math.max(1, count));
}
