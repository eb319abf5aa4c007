import { misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { broadcastStrides, walk } from "../broadcast";
import { floatsOf } from "../operation";
import type { Value } from "../value";

/** Numbers of which those at `strides` belong to the elements of a shape. */
export interface Spread {
  readonly values: ArrayLike<number>;
  readonly strides: readonly number[];
}

/** to = x * scale + shift, each scale and shift for the elements that it broadcasts to. */
export function applyAffine(
  shape: readonly number[],
  x: Float32Array,
  scale: Spread,
  shift: Spread | undefined,
  to: Float32Array,
): void {
  const { strides, values: terms } = shift ?? { strides: shape.map(() => 0), values: [0] };
  const { length, steps, each } = walk(shape, [scale.strides, strides]);
  const { values: factors } = scale;
  const [scaleStep, shiftStep] = steps as [number, number];
  each((at, starts) => {
    let [i, j] = starts as [number, number];
    for (let k = at; k < at + length; k++, i += scaleStep, j += shiftStep) to[k] = x[k]! * factors[i]! + terms[j]!;
  });
}

/**
 * Numbers that each belong to a channel: the second axis, or the only one.
 *
 * @throws RangeError, TypeError naming the node unless one a channel, and floats
 */
export function perChannel(node: Node, what: string, value: Value, shape: readonly number[]): Spread {
  const axis = Math.min(1, shape.length - 1);
  if (value.size !== shape[axis])
    throw misfit(node, `${what} expected shape ${shapeText([shape[axis] ?? 1])}, got ${shapeText(value.shape)}`);
  return { values: floatsOf(node, value), strides: shape.map((_, k) => (k === axis ? 1 : 0)) };
}

/** A value of floats that broadcasts to a shape. @throws RangeError, TypeError naming the node if it does not */
export function broadcastTo(node: Node, what: string, value: Value, shape: readonly number[]): Spread {
  const shift = shape.length - value.shape.length;
  if (shift < 0 || value.shape.some((size, axis) => size !== 1 && size !== shape[axis + shift]))
    throw misfit(node, `${what} of shape ${shapeText(value.shape)} does not broadcast to ${shapeText(shape)}`);
  return { values: floatsOf(node, value), strides: broadcastStrides(value.shape, shape) };
}
