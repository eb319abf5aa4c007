import { elementCount } from "@deep-compression/bits";
import { misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { integersOf } from "../operation";
import type { Value } from "../value";

/** What tuples of indices, the last dimension of `indices`, point into: data of `shape`, whose first `batchDims` are those of the indices. */
interface Tuples {
  readonly indices: Value;
  readonly shape: readonly number[];
  readonly batchDims: number;
}

/** Where the part that each tuple names begins, and the shape of the parts. @throws RangeError naming the node */
export function tupleOffsets(
  node: Node,
  { indices, shape, batchDims }: Tuples,
): { readonly offsets: Float64Array; readonly behind: readonly number[] } {
  const width = indices.shape.at(-1) ?? 0;
  const batch = shape.slice(0, batchDims);
  const fits =
    batchDims >= 0 &&
    batchDims < Math.min(shape.length, indices.shape.length) &&
    width <= shape.length - batchDims &&
    batch.every((size, axis) => size === indices.shape[axis]);
  if (!fits || width === 0)
    throw misfit(node, `indices of ${shapeText(indices.shape)} expected tuples into ${shapeText(shape)}`);
  const list = integersOf(node, indices);
  const strides = stridesOf(shape);
  const offsets = new Float64Array(list.length / width);
  const perBatch = offsets.length / elementCount(batch);
  const batchStride = batchDims === 0 ? 0 : strides[batchDims - 1]!;
  for (let tuple = 0; tuple < offsets.length; tuple++) {
    let offset = Math.floor(tuple / perBatch) * batchStride;
    for (let i = 0; i < width; i++) {
      const [index, size] = [list[tuple * width + i]!, shape[batchDims + i]!];
      if (!(index >= -size && index < size))
        throw misfit(node, `index ${index} expected from ${-size} to ${size - 1}, for axis ${batchDims + i}`);
      offset += (index < 0 ? index + size : index) * strides[batchDims + i]!;
    }
    offsets[tuple] = offset;
  }
  return { offsets, behind: shape.slice(batchDims + width) };
}
