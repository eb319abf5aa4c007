import { elementCount } from "@deep-compression/bits";
import { ELEMENT_TYPES, elementsOfValues, type Tensor } from "@deep-compression/network";
import { type PrunedWeights, prunes } from "@deep-compression/sparse";
import { type ElementSource, type SharedWeights, sharedElements } from "@deep-compression/tensor-codec";
import { integerWeights, zeroOf } from "./integer-weights";
import type { TensorPlan } from "./plan";

/** The elements that pruning leaves; as they are, if it changes none. */
export function prunedElements(tensor: Tensor, weights: PrunedWeights, plan: TensorPlan): Uint8Array {
  const { bytes, type } = tensor;
  const integers = integerWeights(tensor, plan);
  const changed = prunes(weights.length, plan.sparsity) || (plan.negativeZero === "drop" && integers === undefined);
  if (!changed) return bytes;
  const size = ELEMENT_TYPES[type].bits / 8;
  const { positions, values } = weights;
  if (positions === undefined) return type === "float32" ? bytesOf(values) : withoutNegativeZeros(bytes, size);
  const kept = new Uint8Array(bytes.length).fill(integers === undefined ? 0 : zeroOf(integers));
  for (let i = 0; i < positions.length; i++) {
    for (let at = size * positions[i]!, end = at + size; at < end; at++) kept[at] = bytes[at]!;
  }
  return kept;
}

/** Floats of which those that are -0 become 0. */
function withoutNegativeZeros(bytes: Uint8Array, size: number): Uint8Array {
  const elements = new Uint8Array(bytes);
  for (let end = size - 1; end < elements.length; end += size) {
    if (elements[end] !== 0x80) continue;
    let rest = 0;
    for (let at = end - size + 1; at < end; at++) rest |= elements[at]!;
    if (rest === 0) elements[end] = 0;
  }
  return elements;
}

/** The elements that weights with shared values stand for, made as they are asked for: those of a large tensor seldom are. */
export function elementsOf({ type }: Tensor, shared: SharedWeights): ElementSource {
  const size = ELEMENT_TYPES[type].bits / 8;
  return {
    length: size * elementCount(shared.shape),
    subarray: (start, end) => {
      const values = sharedElements(shared, start / size, end / size);
      return type === "float32" ? bytesOf(values) : elementsOfValues(type, values);
    },
  };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
