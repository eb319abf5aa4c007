import { numericValues, type Tensor } from "@deep-compression/network";
import type { Layer } from "./layer";
import type { LayerBatch } from "./layer-statistics";

/** Of more inputs the second moments take more than a quarter of a gigabyte, several times. */
const MOST_COLUMNS = 6144;

/** Why nothing is asked of a layer's inputs, in words; undefined if all is well. */
export function whyNotCaptured({ columns }: Layer, batches: readonly LayerBatch[]): string | undefined {
  if (columns > MOST_COLUMNS) return `${columns} inputs, more than ${MOST_COLUMNS}`;
  const isWell = batches.every(
    ({ dense, compressed }) =>
      isFiniteThroughout(dense.values) && (compressed.values === dense.values || isFiniteThroughout(compressed.values)),
  );
  return isWell ? undefined : "its inputs are not finite";
}

/** Why a weight stays as it is; undefined if it need not. */
export function whyKept(tensor: Tensor): string | undefined {
  const values = numericValues(tensor);
  if (!isFiniteThroughout(values)) return "its elements are not finite";
  return values.some((value) => value !== 0) ? undefined : "all zeros";
}

function isFiniteThroughout(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}
