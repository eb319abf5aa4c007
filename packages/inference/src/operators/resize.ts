import { elementCount } from "@deep-compression/bits";
import { floatAttribute, intAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { copyMapped } from "../copy-elements";
import { isBigArray } from "../element-arrays";
import { type Context, type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { casted } from "./cast";
import { coordinatesOf, type ResizedAxis, roundingOf } from "./resize-coordinates";
import { resizedAxes, upsampledAxes } from "./resize-sizes";
import { cubicKernel, interpolateAxis, LINEAR, type Taps, tapsAt } from "./resize-taps";

/** Makes a value as large as its axes say. */
type Resizing = (x: Value, axes: readonly ResizedAxis[], context: Context) => Value;

/** Resize: images, or anything else, made larger or smaller: by the nearest element, or linear or cubic interpolation. */
export const resize: Operator = (site) => {
  const { node, opset } = site;
  const transformation =
    opset < 11 ? "asymmetric" : stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const rounding = opset < 11 ? "floor" : stringAttribute(node, "nearest_mode", "round_prefer_floor");
  const resized = resizing(site, transformation, rounding);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      return [resized(x, resizedAxes(site, inputs, x.shape), context)];
    },
  };
};

/** Upsample: what Resize was. */
export const upsample: Operator = (site) => {
  const resized = resizing(site, "asymmetric", "floor");
  return {
    run(inputs, context) {
      const x = required(site.node, inputs, 0);
      return [resized(x, upsampledAxes(site, inputs, x.shape), context)];
    },
  };
};

function resizing({ node }: Site, transformation: string, rounding: string): Resizing {
  const mode = stringAttribute(node, "mode", "nearest");
  const isCropped = transformation === "tf_crop_and_resize";
  const outside = floatAttribute(node, "extrapolation_value", 0);
  const coordinates = coordinatesOf(node, transformation);
  const round = roundingOf(node, rounding);
  const tapsFor = mode === "nearest" ? undefined : tapsOfMode(node, mode);
  return (x, axes, context) => {
    const shape = axes.map(({ to }) => to);
    if (elementCount(shape) === 0) return context.output(x.type, shape);
    if (x.size === 0) throw misfit(node, "an empty value does not become larger");
    // Lists as long as the axes are made before room for the output is asked for.
    if (!shape.every((size) => size <= 2 ** 27)) throw misfit(node, `shape ${shapeText(shape)} is too large`);
    const at = axes.map(coordinates);
    const resized =
      tapsFor === undefined
        ? nearest(x, { axes, at, round, context })
        : interpolated(x, { axes, at, tapsFor, context });
    if (isCropped)
      for (const [axis, list] of at.entries()) fillOutside(resized, { axis, list, size: axes[axis]!.size, outside });
    return resized;
  };
}

function tapsOfMode(node: Node, mode: string): (axis: ResizedAxis, at: Float64Array) => Taps {
  if (mode !== "linear" && mode !== "bilinear" && mode !== "cubic")
    throw misfit(node, `mode expected nearest, linear or cubic, got ${quoted(mode)}`);
  const kernel = mode === "cubic" ? cubicKernel(floatAttribute(node, "cubic_coeff_a", -0.75)) : LINEAR;
  const excludesOutside = intAttribute(node, "exclude_outside", 0) !== 0;
  const widens = intAttribute(node, "antialias", 0) !== 0;
  return ({ scale, size }, at) => tapsAt(at, { kernel, size, scale: widens ? Math.min(1, scale) : 1, excludesOutside });
}

interface Places {
  readonly axes: readonly ResizedAxis[];
  /** Where the elements of the output lie on each axis. */
  readonly at: readonly Float64Array[];
  readonly context: Context;
}

function nearest(x: Value, { axes, at, round, context }: Places & { readonly round: (x: number) => number }): Value {
  const output = context.output(
    x.type,
    axes.map(({ to }) => to),
  );
  const maps = axes.map(({ size }, axis) =>
    Int32Array.from(at[axis]!, (place) => Math.min(size - 1, Math.max(0, round(place)))),
  );
  copyMapped(maps, x, output);
  return output;
}

/** One axis after the other, in floats of 32 bits, or of 64 where the value has such. */
function interpolated(
  x: Value,
  { axes, at, tapsFor, context }: Places & { readonly tapsFor: ReturnType<typeof tapsOfMode> },
): Value {
  const isWide = x.type === "float64" || isBigArray(x.data);
  const floats = x.data instanceof Float32Array ? x : casted(context, x, isWide ? "float64" : "float32");
  let value = floats;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const { size, to } = axes[axis]!;
    if (to === size && at[axis]!.every((place, i) => place === i)) continue;
    const taps = tapsFor(axes[axis]!, at[axis]!);
    const next = context.output(floats.type, value.shape.with(axis, to));
    const [outer, inner] = [elementCount(value.shape.slice(0, axis)), elementCount(value.shape.slice(axis + 1))];
    interpolateAxis(value.data as Float32Array, next.data as Float32Array, { taps, outer, size, inner });
    if (value !== x) context.release(value);
    value = next;
  }
  return casted(context, value, x.type);
}

interface Outside {
  readonly axis: number;
  readonly list: Float64Array;
  readonly size: number;
  readonly outside: number;
}

/** Puts a number at the indices of an axis that lie outside of the input. */
function fillOutside(value: Value, { axis, list, size, outside }: Outside): void {
  const stride = stridesOf(value.shape)[axis]!;
  const { data } = value;
  const number = (isBigArray(data) ? BigInt(Math.trunc(outside)) : outside) as never;
  for (const [i, place] of list.entries()) {
    if (place >= 0 && place <= size - 1) continue;
    for (let at = i * stride; at < data.length; at += list.length * stride) data.fill(number, at, at + stride);
  }
}
