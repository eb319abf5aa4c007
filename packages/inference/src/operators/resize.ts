import { elementCount } from "@deep-compression/bits";
import { floatAttribute, intAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { copyMapped, copyWhole } from "../copy-elements";
import { isBigArray } from "../element-arrays";
import { type Context, type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { casted } from "./cast";
import { coordinatesOf, type ResizedAxis, type Rounding, roundingOf, simpleRounding } from "./resize-coordinates";
import { resizedAxes, upsampledAxes } from "./resize-sizes";
import { cubicKernel, interpolateAxis, LINEAR, type Taps, tapsAt } from "./resize-taps";

/** Most elements of an axis: lists as long are made of it. */
const MOST_COORDINATES = 2 ** 27;

/** Makes a value as large as its axes say. */
type Resizing = (x: Value, axes: readonly ResizedAxis[], context: Context) => Value;

/** Resize: images, or anything else, made larger or smaller: by the nearest element, or linear or cubic interpolation. */
export const resize: Operator = (site) => {
  const { node, opset } = site;
  const transformation =
    opset < 11 ? "asymmetric" : stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const rounding =
    opset < 11 ? simpleRounding : roundingOf(node, stringAttribute(node, "nearest_mode", "round_prefer_floor"));
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
  const resized = resizing(site, "asymmetric", simpleRounding);
  return {
    run(inputs, context) {
      const x = required(site.node, inputs, 0);
      return [resized(x, upsampledAxes(site, inputs, x.shape), context)];
    },
  };
};

function resizing({ node }: Site, transformation: string, round: Rounding): Resizing {
  const mode = stringAttribute(node, "mode", "nearest");
  const isCropped = transformation === "tf_crop_and_resize";
  const outside = floatAttribute(node, "extrapolation_value", 0);
  const coordinates = coordinatesOf(node, transformation);
  const tapsFor = mode === "nearest" ? undefined : tapsOfMode(node, mode);
  return (x, axes, context) => {
    const shape = axes.map(({ to }) => to);
    const output = context.output(x.type, shape);
    if (output.size === 0) return output;
    if (x.size === 0) throw misfit(node, "an empty value does not become larger");
    if (!shape.every((size) => size <= MOST_COORDINATES)) throw misfit(node, `shape ${shapeText(shape)} is too large`);
    const places: Places = { axes, at: axes.map(coordinates), output };
    const resized =
      tapsFor === undefined ? nearest(x, places, round) : interpolated(x, { ...places, tapsFor, context });
    const { at } = places;
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
  readonly output: Value;
}

function nearest(x: Value, { axes, at, output }: Places, round: Rounding): Value {
  const maps = axes.map((axis, i) =>
    Int32Array.from(at[i]!, (place) => Math.min(axis.size - 1, Math.max(0, round(place, axis)))),
  );
  copyMapped(maps, x, output);
  return output;
}

/** One axis after the other, in floats of 32 bits, or of 64 where the value has such. */
function interpolated(
  x: Value,
  {
    axes,
    at,
    output,
    tapsFor,
    context,
  }: Places & { readonly tapsFor: ReturnType<typeof tapsOfMode>; readonly context: Context },
): Value {
  const isFloat = x.data instanceof Float32Array || x.data instanceof Float64Array;
  const floats = isFloat ? x : casted(context, x, isBigArray(x.data) ? "float64" : "float32");
  const isChanged = ({ size, to }: ResizedAxis, axis: number) =>
    to !== size || at[axis]!.some((place, i) => place !== i);
  // From the last axis on, so that rows are interpolated before there are more of them.
  const changed = axes.flatMap((axis, i) => (isChanged(axis, i) ? [i] : [])).reverse();
  let value = floats;
  for (const axis of changed) {
    const { size, to } = axes[axis]!;
    const taps = tapsFor(axes[axis]!, at[axis]!);
    const isLast = isFloat && axis === changed.at(-1);
    const next = isLast ? output : context.output(floats.type, value.shape.with(axis, to));
    const [outer, inner] = [elementCount(value.shape.slice(0, axis)), elementCount(value.shape.slice(axis + 1))];
    interpolateAxis(value.data as Float32Array, next.data as Float32Array, { taps, outer, size, inner });
    if (value !== x) context.release(value);
    value = next;
  }
  if (value === x) return copyWhole(x, output);
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
