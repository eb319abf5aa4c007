import { intAttribute, misfit, type Node, type Window } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";

/** A convolution or pool of three spatial dimensions; those that it lacks have one element. */
export interface Convolution {
  readonly batch: number;
  readonly groups: number;
  /** Channels of the input and of the output, of one group. */
  readonly channels: number;
  readonly outputs: number;
  readonly depth: Window;
  readonly height: Window;
  readonly width: Window;
}

/** Most cells along an axis, padding included: kernels count in 32 bits. */
const MAX_EXTENT = 2 ** 30;

const ONE: Window = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };

/** Three windows from up to three; the last is the width. @throws RangeError naming the node for more */
export function threeWindows(node: Node, windows: readonly Window[]): Pick<Convolution, "depth" | "height" | "width"> {
  if (windows.length > 3) throw misfit(node, `expected at most 3 spatial dimensions, got ${windows.length}`);
  for (const { input, kernel, stride, dilation, padBegin, padEnd } of windows)
    if (!(Math.max(padBegin + input + padEnd, stride, kernel * dilation) <= MAX_EXTENT))
      throw misfit(node, `input, pads, stride and dilation expected below ${MAX_EXTENT}`);
  const [width = ONE, height = ONE, depth = ONE] = windows.toReversed();
  return { depth, height, width };
}

/** Batch, channels and spatial dimensions of a value. @throws RangeError naming the node unless it has at least one of these */
export function imageShape(node: Node, shape: readonly number[]) {
  const [batch, channels, ...spatial] = shape;
  if (batch !== undefined && channels !== undefined && spatial.length > 0) return { batch, channels, spatial };
  throw misfit(node, `expected a batch, channels and spatial dimensions, got shape ${shapeText(shape)}`);
}

/** The attribute `group`. @throws RangeError naming the node unless it divides all of `counts` */
export function groupsOf(node: Node, counts: readonly number[]): number {
  const groups = intAttribute(node, "group", 1);
  if (groups >= 1 && counts.every((count) => count % groups === 0)) return groups;
  throw misfit(node, `group ${groups} does not divide ${counts.join(" and ")} channels`);
}

/** Cells of a plane that windows read. */
export function inputCells({ depth, height, width }: Pick<Convolution, "depth" | "height" | "width">): number {
  return depth.input * height.input * width.input;
}

/** Windows of a plane. */
export function outputCells({ depth, height, width }: Pick<Convolution, "depth" | "height" | "width">): number {
  return depth.output * height.output * width.output;
}

/** Weights between a channel and an output. */
export function taps({ depth, height, width }: Pick<Convolution, "depth" | "height" | "width">): number {
  return depth.kernel * height.kernel * width.kernel;
}

/** Whether an axis is read cell by cell, each once. */
export function isCellwise({ kernel, stride, padBegin, padEnd }: Window): boolean {
  return kernel === 1 && stride === 1 && padBegin === 0 && padEnd === 0;
}
