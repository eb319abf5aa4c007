import { isFloatType, numericValues, type Tensor } from "@deep-compression/network";
import type { Layer } from "./layer";
import type { LayerBatch } from "./layer-statistics";

/** Of more inputs the second moments take more than a quarter of a gigabyte, several times. */
const MOST_COLUMNS = 6144;

/** Why nothing is asked of a layer's inputs, in words; undefined if all is well. */
export function whyTooLarge({ columns }: Pick<Layer, "columns">): string | undefined {
  return columns > MOST_COLUMNS ? `${columns} inputs, more than ${MOST_COLUMNS}` : undefined;
}

/** The same of what they are. */
export function whyNotFinite(batches: readonly LayerBatch[]): string | undefined {
  return batches.every(({ input }) => isFiniteThroughout(input.values)) ? undefined : "its inputs are not finite";
}

/** Why a weight stays as it is; undefined if it need not. */
export function whyKept(tensor: Tensor): string | undefined {
  if (!isFloatType(tensor.type)) {
    return `${tensor.type}: integers are not calibrated, and lose something only without calibration`;
  }
  const values = numericValues(tensor);
  if (!isFiniteThroughout(values)) return "its elements are not finite";
  return values.some((value) => value !== 0) ? undefined : "all zeros";
}

/** A number less itself is 0, or NaN if it is not finite; sums that do not wait for each other take a quarter of the time. */
function isFiniteThroughout(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! - values[i]!;
    b += values[i + 1]! - values[i + 1]!;
    c += values[i + 2]! - values[i + 2]!;
    d += values[i + 3]! - values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! - values[i]!;
  return a + b + c + d === 0;
}
