import { elementCount } from "@deep-compression/bits";
import type { Tensor } from "@deep-compression/network";

/** Most elements of a tensor that is read for the graph alone. */
const MOST_WHOLE_NUMBERS = 1024;

/**
 * Whether a tensor may be one of sizes, axes or orders, which tell what a graph of TensorFlow does, so that its elements are read when a
 * model is opened.
 */
export function tellsOfGraph({ type, shape }: Pick<Tensor, "type" | "shape">): boolean {
  return (type === "int32" || type === "uint8" || type === "uint16") && elementCount(shape) <= MOST_WHOLE_NUMBERS;
}
