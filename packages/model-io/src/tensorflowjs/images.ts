import type { Node } from "@deep-compression/network";
import type { GraphBuilder } from "./graph-builder";

/** What is left free around images: as much as keeps their size for a stride of 1, nothing, or so many rows and columns. */
export type Padding = "same" | "valid" | { readonly begin: readonly number[]; readonly end: readonly number[] };

/** How a window goes over the height and the width of images. */
export interface WindowSteps {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: Padding;
}

/**
 * ONNX's attributes of a window. With strides, how much "same" leaves free depends on the images' size, which only auto_pad tells;
 * without, it does not.
 */
export function windowAttributes({ kernel, strides, dilations, padding }: WindowSteps): Node["attributes"] {
  const steps = {
    kernel_shape: kernel,
    strides,
    ...(dilations.some((size) => size !== 1) && { dilations }),
  };
  if (padding === "valid") return steps;
  if (padding !== "same") return { ...steps, pads: [...padding.begin, ...padding.end] };
  if (strides.some((stride) => stride !== 1)) return { ...steps, auto_pad: "SAME_UPPER" };
  const free = kernel.map((size, axis) => (size - 1) * dilations[axis]!);
  return { ...steps, pads: [...free.map((size) => Math.floor(size / 2)), ...free.map((size) => Math.ceil(size / 2))] };
}

/** A convolution of images by a filter [height, width, channels, outputs]. */
export function convolution(
  graph: GraphBuilder,
  operands: { readonly image: string; readonly filter: string; readonly bias?: string | undefined },
  steps: WindowSteps,
): string {
  const { image, filter, bias } = operands;
  const turned = graph.add("Transpose", [filter], { perm: [3, 2, 0, 1] });
  const parameters = bias === undefined ? [turned] : [turned, bias];
  const channels = graph.constantShape(filter)?.[3] ?? 0;
  return graph.addLayer("Conv", image, parameters, { channels, attributes: windowAttributes(steps) });
}

/** A convolution of each channel by itself by a filter [height, width, channels, outputs of each]. */
export function depthwiseConvolution(
  graph: GraphBuilder,
  operands: { readonly image: string; readonly filter: string; readonly bias?: string | undefined },
  steps: WindowSteps & { readonly channels: number; readonly multiplier: number },
): string {
  const { image, filter, bias } = operands;
  const { channels, multiplier } = steps;
  const turned = graph.add("Transpose", [filter], { perm: [2, 3, 0, 1] });
  const sizes = [channels * multiplier, 1, ...steps.kernel];
  const own = multiplier === 1 ? turned : graph.add("Reshape", [turned, graph.integers(sizes)]);
  const attributes = { ...windowAttributes(steps), group: channels };
  const parameters = bias === undefined ? [own] : [own, bias];
  return graph.addLayer("Conv", image, parameters, { channels: channels * multiplier, attributes });
}

/** The largest or the mean of what a window shows; what is left free around images does not count. */
export function pooling(graph: GraphBuilder, op: "MaxPool" | "AveragePool", image: string, steps: WindowSteps): string {
  return graph.addTurned(op, image, [], windowAttributes(steps));
}

/** Images as the channels' means and variances make them. */
export function batchNormalization(
  graph: GraphBuilder,
  image: string,
  parameters: {
    readonly statistics: readonly [scale: string, offset: string, mean: string, variance: string];
    readonly epsilon: number;
  },
): string {
  const { statistics, epsilon } = parameters;
  return graph.addTurned("BatchNormalization", image, statistics, { epsilon: { float: Math.fround(epsilon) } });
}

/** How images are made larger or smaller. */
export interface Resizing {
  readonly mode: "nearest" | "linear";
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Images of another height and width, a list of the two. */
export function resized(graph: GraphBuilder, image: string, size: string, resizing: Resizing): string {
  return graph.addTurned("Resize", image, ["", "", size], { ...resizeAttributes(resizing), axes: [2, 3] });
}

/** Images larger by whole factors. */
export function upsampled(graph: GraphBuilder, image: string, factors: readonly number[], resizing: Resizing): string {
  const scales = graph.constant("float32", [4], [1, 1, ...factors]);
  return graph.addTurned("Resize", image, ["", scales], resizeAttributes(resizing));
}

function resizeAttributes({ mode, alignCorners, halfPixelCenters }: Resizing): Node["attributes"] {
  const coordinates = alignCorners ? "align_corners" : halfPixelCenters ? "half_pixel" : "asymmetric";
  const isRounded = alignCorners || halfPixelCenters;
  return {
    mode,
    coordinate_transformation_mode: coordinates,
    ...(mode === "nearest" && { nearest_mode: isRounded ? "round_prefer_ceil" : "floor" }),
  };
}
