import { elementCount } from "@deep-compression/bits";
import { intAttribute, misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { stridesOf, walk } from "../broadcast";
import { copyRuns } from "../copy-elements";
import { axisOf, type Operator, required } from "../operation";
import { tupleOffsets } from "./index-tuples";
import { indicesOf } from "./indices";
import { assertRank } from "./operands";

/** Gather: the parts of a value at indices of an axis. */
export const gather: Operator = ({ node }) => {
  const axis = intAttribute(node, "axis", 0);
  return {
    run(inputs, context) {
      const [x, indices] = [required(node, inputs, 0), required(node, inputs, 1)];
      const at = axisOf(node, axis, x.shape.length);
      const chosen = indicesOf(node, indices, x.shape[at]!);
      const [before, behind] = [x.shape.slice(0, at), x.shape.slice(at + 1)];
      const output = context.output(x.type, [...before, ...indices.shape, ...behind]);
      if (output.size === 0) return [output];
      const length = elementCount(behind);
      const sources = chosen.map((index) => index * length);
      const part = x.shape[at]! * length;
      for (let outer = 0; outer < elementCount(before); outer++) {
        const start = outer * chosen.length * length;
        copyRuns(sources, { from: x, to: output, length, targets: (run) => start + run * length });
        for (let i = 0; i < sources.length; i++) sources[i]! += part;
      }
      return [output];
    },
  };
};

/** GatherElements: for each index, the element at it along an axis, at its own place along the others. */
export const gatherElements: Operator = ({ node }) => {
  const axis = intAttribute(node, "axis", 0);
  return {
    run(inputs, context) {
      const [x, indices] = [required(node, inputs, 0), required(node, inputs, 1)];
      assertRank(node, indices, x.shape.length);
      const at = axisOf(node, axis, x.shape.length);
      const sources = indicesOf(node, indices, x.shape[at]!);
      if (indices.shape.some((size, i) => i !== at && size > x.shape[i]!))
        throw misfit(node, `indices of ${shapeText(indices.shape)} expected to fit into ${shapeText(x.shape)}`);
      const output = context.output(x.type, indices.shape);
      placesOf(sources, { shape: indices.shape, data: x.shape, axis: at });
      copyRuns(sources, { from: x, to: output, length: 1, targets: (run) => run });
      return [output];
    },
  };
};

/** Makes of indices along an axis the places that they stand for in data of another shape. */
export function placesOf(
  indices: Float64Array,
  { shape, data, axis }: { readonly shape: readonly number[]; readonly data: readonly number[]; readonly axis: number },
): void {
  const strides = stridesOf(data);
  const along = strides[axis]!;
  const { length, steps, each } = walk(shape, [strides.with(axis, 0)]);
  const step = steps[0]!;
  each((to, starts) => {
    for (let n = 0; n < length; n++) indices[to + n] = indices[to + n]! * along + starts[0]! + n * step;
  });
}

/** GatherND: the parts of a value at tuples of indices, `batch_dims` dimensions of both apart. */
export const gatherND: Operator = ({ node }) => {
  const batchDims = intAttribute(node, "batch_dims", 0);
  return {
    run(inputs, context) {
      const [x, indices] = [required(node, inputs, 0), required(node, inputs, 1)];
      const { offsets, behind } = tupleOffsets(node, { indices, shape: x.shape, batchDims });
      const output = context.output(x.type, [...indices.shape.slice(0, -1), ...behind]);
      const length = elementCount(behind);
      if (output.size > 0) copyRuns(offsets, { from: x, to: output, length, targets: (run) => run * length });
      return [output];
    },
  };
};
