import type { GraphBuilder } from "./graph-builder";
import { boolOf, intOf, textOf } from "./graph-nodes";
import { resized } from "./images";
import { sizes, type Translation, type TranslationTable } from "./translation";

function resize(mode: "nearest" | "linear"): Translation {
  return ({ node, graph, inputs }) => {
    const resizing = {
      mode,
      alignCorners: boolOf(node, "align_corners"),
      halfPixelCenters: boolOf(node, "half_pixel_centers"),
    };
    return [resized(graph, inputs[0]!, sizes(graph, inputs[1]), resizing)];
  };
}

function depthSpace(op: "DepthToSpace" | "SpaceToDepth"): Translation {
  return ({ node, graph, inputs }) =>
    textOf(node, "data_format", "NHWC") === "NHWC"
      ? [graph.addTurned(op, inputs[0], [], { blocksize: intOf(node, "block_size", 1) })]
      : undefined;
}

/** A value in another shape: numbers, and lists of whole numbers that are computed. */
function reshaped(graph: GraphBuilder, value: string, parts: readonly (number | string)[]): string {
  const lists = parts.map((part) => (typeof part === "number" ? graph.integers([part]) : part));
  return graph.add("Reshape", [value, graph.add("Concat", lists, { axis: 0 })]);
}

/** Sizes of a value by axis, each a list of one. */
function sizesOf(graph: GraphBuilder, value: string): (axis: number) => string {
  const all = graph.add("Shape", [value]);
  return (axis) => graph.add("Slice", [all, graph.integers([axis]), graph.integers([axis + 1])]);
}

/** Blocks of images become images of their own, those of a place in the block together: two dimensions, [items, height, width, channels]. */
const spaceToBatch: Translation = ({ graph, inputs }) => {
  const [blocks, pads] = [graph.integersOf(inputs[1]), graph.integersOf(inputs[2])];
  if (blocks?.length !== 2 || pads?.length !== 4 || graph.rankOf(inputs[0]) !== 4) return undefined;
  const [high, wide] = blocks as [number, number];
  const [top, bottom, left, right] = pads as [number, number, number, number];
  const padded = graph.add("Pad", [inputs[0]!, graph.integers([0, top, left, 0, 0, bottom, right, 0])]);
  const size = sizesOf(graph, padded);
  const part = (axis: number, by: number) => graph.add("Div", [size(axis), graph.integers([by])]);
  const [rows, columns] = [part(1, high), part(2, wide)];
  const cut = reshaped(graph, padded, [size(0), rows, high, columns, wide, size(3)]);
  const turned = graph.add("Transpose", [cut], { perm: [2, 4, 0, 1, 3, 5] });
  return [graph.noteRank(reshaped(graph, turned, [-1, rows, columns, size(3)]), 4)];
};

/** The reverse of {@link spaceToBatch}, and what is cropped of it. */
const batchToSpace: Translation = ({ graph, inputs }) => {
  const [blocks, crops] = [graph.integersOf(inputs[1]), graph.integersOf(inputs[2])];
  if (blocks?.length !== 2 || crops?.length !== 4 || graph.rankOf(inputs[0]) !== 4) return undefined;
  const [high, wide] = blocks as [number, number];
  const [top, bottom, left, right] = crops as [number, number, number, number];
  const value = graph.plain(inputs[0]);
  const size = sizesOf(graph, value);
  const cut = reshaped(graph, value, [high, wide, -1, size(1), size(2), size(3)]);
  const turned = graph.add("Transpose", [cut], { perm: [2, 3, 0, 4, 1, 5] });
  const times = (axis: number, by: number) => graph.add("Mul", [size(axis), graph.integers([by])]);
  const [rows, columns] = [times(1, high), times(2, wide)];
  const whole = reshaped(graph, turned, [-1, rows, columns, size(3)]);
  const ends = graph.add("Sub", [graph.add("Concat", [rows, columns], { axis: 0 }), graph.integers([bottom, right])]);
  return [graph.noteRank(graph.add("Slice", [whole, graph.integers([top, left]), ends, graph.integers([1, 2])]), 4)];
};

/** Operators of images that are no layers. */
export const IMAGES: TranslationTable = {
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
  DepthToSpace: depthSpace("DepthToSpace"),
  SpaceToDepth: depthSpace("SpaceToDepth"),
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
};
