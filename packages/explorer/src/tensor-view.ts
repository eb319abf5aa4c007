import { numericValues, type Tensor } from "@deep-compression/network";
import { summarizeValues, type ValueSummary } from "./weight-values";
import { kernelPicture, matrixPicture, type ZeroPicture } from "./zero-picture";

/** What is shown of one tensor: found where it is decoded, and small. */
export interface TensorView {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: ValueSummary;
  /** Root of the mean square of its finite elements. */
  readonly rms: number;
  readonly matrix?: ZeroPicture;
  readonly kernels?: ZeroPicture;
}

/** Intervals of a histogram. */
export const BINS = 121;

/** @throws TypeError for a type whose elements are no numbers here: floats of 8 and 4 bits, complex numbers */
export function tensorView(tensor: Tensor): TensorView {
  const { name, type, shape } = tensor;
  const elements = numericValues(tensor);
  const matrix = matrixPicture(elements, shape);
  const kernels = kernelPicture(elements, shape);
  return {
    name,
    type,
    shape,
    values: summarizeValues(elements, BINS),
    rms: rootMeanSquare(elements),
    ...(matrix && { matrix }),
    ...(kernels && { kernels }),
  };
}

function rootMeanSquare(values: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value * value;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

/** How two tensors of one shape differ. */
export interface TensorDifference {
  readonly elements: number;
  /** Elements that are not the same. */
  readonly differing: number;
  /** ||a - b|| / ||a||; undefined where a is 0 or has an element that is not finite. */
  readonly relative?: number;
  readonly largest: number;
}

/** @throws RangeError for tensors of different shapes, TypeError as {@link tensorView} */
export function tensorDifference(a: Tensor, b: Tensor): TensorDifference {
  if (a.shape.join() !== b.shape.join()) {
    throw new RangeError(`the shapes differ: ${a.shape.join("x")} and ${b.shape.join("x")}`);
  }
  const [from, to] = [numericValues(a), numericValues(b)];
  let [differing, error, energy, largest] = [0, 0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    const difference = from[i]! - to[i]!;
    energy += from[i]! ** 2;
    error += difference ** 2;
    if (Object.is(from[i], to[i]) || difference === 0) continue;
    differing++;
    largest = Math.max(largest, Math.abs(difference));
  }
  const relative = Math.sqrt(error / energy);
  return { elements: from.length, differing, largest, ...(Number.isFinite(relative) && { relative }) };
}
