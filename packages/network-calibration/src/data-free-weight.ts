import { elementCount } from "@deep-compression/bits";
import { elementsOfValues, numericValues, type Tensor } from "@deep-compression/network";
import { dataFree } from "./calibrate-matrices";
import type { DoneLayer } from "./calibration-report";
import { whyKept } from "./why-not-captured";

/**
 * A weight of whose inputs nothing is known, with few values: its error relative to its own energy is weighed against bits, as that
 * of the outputs would be if inputs were alike. Its elements must be finite, and not all zeros.
 */
export function dataFreeWeight(tensor: Tensor, lambda: number): { readonly tensor: Tensor; readonly bits: number } {
  const weights = Float64Array.from(numericValues(tensor));
  const energy = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const { codes, centroids, bits } = dataFree(weights, {
    columns: weights.length,
    importance: Float64Array.of(1 / energy),
    lambda,
  });
  const values = Float32Array.from(codes, (code) => centroids[code]!);
  return { tensor: { ...tensor, bytes: elementsOfValues(tensor.type, values) }, bits };
}

/** What becomes of a weight whose inputs are not captured. @param report what is known of it, and why */
export function fallenBack(
  tensor: Tensor,
  lambda: number,
  report: { readonly op: string; readonly reason: string },
): DoneLayer {
  const known = { tensor: tensor.name, op: report.op, elements: elementCount(tensor.shape), inputs: 0 };
  const kept = whyKept(tensor);
  if (kept !== undefined) return { report: { ...known, method: "kept", reason: kept, bits: 0 }, tensors: [] };
  const { tensor: changed, bits } = dataFreeWeight(tensor, lambda);
  return { report: { ...known, method: "data-free", reason: report.reason, bits }, tensors: [changed] };
}
