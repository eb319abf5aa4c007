import { misfit, type Node } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** How an axis is resized. */
export interface ResizedAxis {
  readonly size: number;
  /** Elements of the output. */
  readonly to: number;
  /** The same before it was rounded down, if scales are given: corners are aligned to this by ONNX's own cases. */
  readonly length: number;
  /** A float32: how many elements of the output stand for one. */
  readonly scale: number;
  /** The part of the axis that is taken, of 0 to 1: for tf_crop_and_resize. */
  readonly crop: readonly [start: number, end: number];
}

/** Where element `i` of the output lies among those of the input. */
type Transformation = (i: number, axis: ResizedAxis) => number;

// Single precision throughout, as onnxruntime computes it: what is nearest at a tie depends on it.
const { fround } = Math;

function halfPixel(i: number, { scale }: ResizedAxis): number {
  return fround(fround(fround(i + 0.5) / scale) - 0.5);
}

const TRANSFORMATIONS: Readonly<Record<string, Transformation>> = {
  half_pixel: halfPixel,
  half_pixel_symmetric(i, axis) {
    const { size, to, length } = axis;
    const offset = (size / 2) * (1 - to / length);
    return fround(offset + halfPixel(i, axis));
  },
  pytorch_half_pixel: (i, axis) => (axis.to > 1 ? halfPixel(i, axis) : 0),
  align_corners: (i, { size, to, length }) => (to > 1 ? fround(fround(i * (size - 1)) / (length - 1)) : 0),
  asymmetric: (i, { scale }) => fround(i / scale),
  tf_half_pixel_for_nn: (i, { scale }) => fround(fround(i + 0.5) / scale),
  tf_crop_and_resize(i, { size, to, length, crop: [start, end] }) {
    if (to <= 1) return fround(0.5 * (start + end) * (size - 1));
    return fround(start * (size - 1) + (i * (end - start) * (size - 1)) / (length - 1));
  },
};

/** Which element is the nearest to a place on an axis. */
export type Rounding = (place: number, axis: ResizedAxis) => number;

const ROUNDINGS: Readonly<Record<string, Rounding>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: (x) => Math.floor(x),
  ceil: (x) => Math.ceil(x),
};

/** That of versions before 11, which ONNX leaves open: as onnxruntime does it. */
export const simpleRounding: Rounding = (x, { scale }) => (scale < 1 ? Math.ceil(x) : Math.floor(x));

/** Where the elements of the output lie on each axis. @throws RangeError naming the node for an unknown mode */
export function coordinatesOf(node: Node, mode: string): (axis: ResizedAxis) => Float64Array {
  const transform = named(node, "coordinate_transformation_mode", mode, TRANSFORMATIONS);
  return (axis) => Float64Array.from({ length: axis.to }, (_, i) => transform(i, axis));
}

/** Which element is the nearest. @throws RangeError naming the node for an unknown mode */
export function roundingOf(node: Node, mode: string): Rounding {
  return named(node, "nearest_mode", mode, ROUNDINGS);
}

function named<T>(node: Node, attribute: string, name: string, table: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  throw misfit(node, `${attribute} expected one of ${Object.keys(table).join(", ")}, got ${quoted(name)}`);
}
