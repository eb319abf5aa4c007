import { describeNode, misfit, type Node } from "@deep-compression/network";
import { isBigArray } from "../element-arrays";
import type { Value } from "../value";

/** The elements of a value as indices into `size` elements, counted from the front. @throws TypeError, RangeError naming the node */
export function indicesOf(node: Node, { type, data }: Value, size: number): Float64Array {
  if (type !== "int32" && type !== "int64")
    throw new TypeError(`${describeNode(node)}: expected indices of int32 or int64, got ${type}`);
  const indices = new Float64Array(data.length);
  if (isBigArray(data)) for (let i = 0; i < data.length; i++) indices[i] = Number(data[i]);
  else indices.set(data);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(index >= -size && index < size))
      throw misfit(node, `index ${index} expected from ${-size} to ${size - 1}, for an axis of ${size}`);
    if (index < 0) indices[i] = index + size;
  }
  return indices;
}
