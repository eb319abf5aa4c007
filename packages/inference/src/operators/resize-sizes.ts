import { intsAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { floatsOf, type Inputs, integersOf, required, type Site } from "../operation";
import { axesOf } from "./operands";
import type { ResizedAxis } from "./resize-coordinates";

/** What becomes of an axis. */
type Change = Pick<ResizedAxis, "to" | "length" | "scale">;

/** How Resize changes each axis. @throws TypeError, RangeError naming the node for scales or sizes that are none */
export function resizedAxes({ node, opset }: Site, inputs: Inputs, shape: readonly number[]): readonly ResizedAxis[] {
  const listed = intsAttribute(node, "axes");
  const axes = listed === undefined ? shape.map((_, axis) => axis) : axesOf(node, listed, shape.length);
  const own = axes.map((axis) => shape[axis]!);
  const [scales, sizes] = [inputs[opset < 11 ? 1 : 2], inputs[3]];
  const hasSizes = sizes !== undefined && sizes.size > 0;
  if (!hasSizes && (scales === undefined || scales.size === 0))
    throw misfit(node, "expected scales or sizes, got neither");
  const changes = hasSizes
    ? changesToSizes(node, own, integersOf(node, sizes))
    : changesByScales(node, own, floatsOf(node, scales!));
  const crops = cropsOf(node, inputs, axes.length);
  const result = shape.map((size): ResizedAxis => ({ size, to: size, length: size, scale: 1, crop: [0, 1] }));
  for (const [i, axis] of axes.entries()) result[axis] = { size: shape[axis]!, ...changes[i]!, crop: crops[i]! };
  return result;
}

/** How Upsample changes each axis. @throws as {@link resizedAxes} */
export function upsampledAxes({ node, opset }: Site, inputs: Inputs, shape: readonly number[]): readonly ResizedAxis[] {
  const { scales: given } = node.attributes;
  const listed = typeof given === "object" && "floats" in given ? given.floats : [];
  const scales = opset < 9 ? listed : floatsOf(node, required(node, inputs, 1));
  return changesByScales(node, shape, scales).map((change, axis) => ({ size: shape[axis]!, ...change, crop: [0, 1] }));
}

function changesByScales(node: Node, shape: readonly number[], scales: ArrayLike<number>): readonly Change[] {
  assertCount(node, shape, scales.length);
  return shape.map((size, i) => {
    const scale = Math.fround(scales[i]!);
    if (!(scale > 0) || scale === Number.POSITIVE_INFINITY) throw misfit(node, `scales expected above 0, got ${scale}`);
    const length = Math.fround(size * scale);
    return { to: Math.floor(length), length, scale };
  });
}

function changesToSizes(node: Node, shape: readonly number[], sizes: readonly number[]): readonly Change[] {
  assertCount(node, shape, sizes.length);
  if (sizes.some((size) => size < 0)) throw misfit(node, `sizes expected from 0, got ${shapeText(sizes)}`);
  const policy = stringAttribute(node, "keep_aspect_ratio_policy", "stretch");
  const ratios = shape.map((size, i) => sizes[i]! / size);
  if (policy === "stretch") return sizes.map((to, i) => ({ to, length: to, scale: Math.fround(ratios[i]!) }));
  if (policy !== "not_larger" && policy !== "not_smaller")
    throw misfit(node, `keep_aspect_ratio_policy expected stretch, not_larger or not_smaller, got ${quoted(policy)}`);
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return shape.map((size) => {
    const to = Math.floor(ratio * size + 0.5);
    return { to, length: to, scale: Math.fround(ratio) };
  });
}

function assertCount(node: Node, shape: readonly number[], count: number): void {
  if (count !== shape.length) throw misfit(node, `expected ${shape.length} scales or sizes, got ${count}`);
}

/** The parts of the axes that are taken; all of each unless the node crops. */
function cropsOf(node: Node, inputs: Inputs, axes: number): readonly (readonly [number, number])[] {
  const isCropped = stringAttribute(node, "coordinate_transformation_mode", "") === "tf_crop_and_resize";
  if (!isCropped) return new Array(axes).fill([0, 1]);
  const region = Array.from(required(node, inputs, 1).data as ArrayLike<number>, Number);
  if (region.length !== 2 * axes) throw misfit(node, `roi expected ${2 * axes} numbers, got ${region.length}`);
  return Array.from({ length: axes }, (_, i) => [region[i]!, region[i + axes]!]);
}
