import { floatValues, type Tensor, valuesOfType } from "@deep-compression/network";
import type { StoredWeight } from "@deep-compression/tensor-codec";
import { dequantizeTensor, type StoredTensor } from "./tensor-entry";

/** Weights by name, in the form in which the file holds them; what `inference` runs from. */
export interface StoredWeights {
  readonly names: readonly string[];
  /** @throws RangeError if there is no tensor of that name */
  weight(name: string): StoredWeightOf | Omit<Tensor, "name">;
}

/** Floats of 16 or 32 bits as they are stored, with their shape; tensors of all other types come with all their elements. */
export interface StoredWeightOf {
  readonly shape: readonly number[];
  readonly type: "float32" | "float16" | "bfloat16";
  /** Values and centroids are among those of the type. */
  readonly stored: StoredWeight;
}

/** A weight of a file as it is stored, in the type that the tensor has. */
export function storedWeight(tensor: StoredTensor): StoredWeightOf | Tensor {
  const { type, shape } = tensor.entry;
  if (tensor.form !== "coded" || !(type === "float32" || type === "float16" || type === "bfloat16"))
    return rawWeight(dequantizeTensor(tensor));
  const { stored } = tensor.section;
  if (type === "float32") return { shape, type, stored };
  const centroids = valuesOfType(type, stored.centroids);
  // A weight that its type rounds to 0 is one no more, and in the form gaps only fillers are 0. Scaled values are rounded one by one.
  const isKept =
    !("scales" in stored && stored.scales !== undefined) &&
    centroids.every((value, code) => (value === 0) === (stored.centroids[code] === 0));
  return isKept ? { shape, type, stored: { ...stored, centroids } } : rawWeight(dequantizeTensor(tensor));
}

/** A weight that no codes stand for. */
export function rawWeight(tensor: Tensor): StoredWeightOf | Tensor {
  const { type, shape } = tensor;
  return type === "float32" ? { shape, type, stored: { form: "raw", values: floatValues(tensor) } } : tensor;
}
