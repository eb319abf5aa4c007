import { elementsOfValues, numericValues, type Tensor } from "@deep-compression/network";
import { dataFree } from "./calibrate-matrices";

/**
 * A weight of whose inputs nothing is known, with few values: its error relative to its own energy is weighed against bits, as that
 * of the outputs would be if inputs were alike.
 */
export function dataFreeWeight(tensor: Tensor, lambda: number): { readonly tensor: Tensor; readonly bits: number } {
  const weights = Float64Array.from(numericValues(tensor));
  const energy = weights.reduce((sum, weight) => sum + weight * weight, 0);
  if (!(energy > 0 && Number.isFinite(energy))) return { tensor, bits: 8 * tensor.bytes.length };
  const { codes, centroids, bits } = dataFree(weights, {
    columns: weights.length,
    importance: Float64Array.of(1 / energy),
    lambda,
  });
  const values = Float32Array.from(codes, (code) => centroids[code]!);
  return { tensor: { ...tensor, bytes: elementsOfValues(tensor.type, values) }, bits };
}
