import { elementsOfValues, numericValues, type Tensor } from "@deep-compression/network";
import type { WeightMatrices } from "./layer";

/** A weight as its matrices, group by group and row by row. */
export function matricesOf({ elements }: Pick<WeightMatrices, "elements">, tensor: Tensor): Float64Array {
  const values = numericValues(tensor);
  return elements === undefined ? Float64Array.from(values) : Float64Array.from(elements, (at) => values[at]!);
}

/** The mirror of {@link matricesOf}: the tensor with other elements. */
export function withMatrices(
  { elements }: Pick<WeightMatrices, "elements">,
  tensor: Tensor,
  matrices: Float64Array,
): Tensor {
  const values = new Float32Array(matrices.length);
  if (elements === undefined) values.set(matrices);
  else for (const [i, at] of elements.entries()) values[at] = matrices[i]!;
  return { ...tensor, bytes: elementsOfValues(tensor.type, values) };
}
