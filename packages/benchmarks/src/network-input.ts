import { arrayOfTensor, type ShapedArray } from "@deep-compression/inference";
import { floatTensor, type Tensor } from "@deep-compression/network";
import { activations } from "./shared-layer";

/** An input as both sides take it. */
export interface NetworkInput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly array: ShapedArray;
}

/** Numbers around zero, the same each time. */
export function networkInput(name: string, shape: readonly number[]): NetworkInput {
  const count = shape.reduce((product, size) => product * size, 1);
  const tensor = floatTensor(name, shape, activations(count, 1));
  return { name, tensor, array: arrayOfTensor(tensor) };
}
