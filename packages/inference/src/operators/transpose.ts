import { intsAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { copyPart } from "../copy-elements";
import { type Context, type Operator, required } from "../operation";
import type { Value } from "../value";

/** Transpose: the axes in the order of `perm`; without it, in reverse. */
export const transpose: Operator = ({ node }) => {
  const permutation = intsAttribute(node, "perm");
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const order = permutation ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
      assertPermutation(node, order, x.shape.length);
      return [permuted(context, x, order)];
    },
  };
};

function assertPermutation(node: Node, order: readonly number[], rank: number): void {
  if (order.length === rank && order.every((_, axis) => order.includes(axis))) return;
  throw misfit(node, `perm ${shapeText(order)} expected the axes of ${rank} dimensions, each once`);
}

/** A value with its axes in another order: a view if no two of more than one element change places. */
export function permuted(context: Context, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[axis]!);
  const moved = order.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return context.view(x, shape);
  const output = context.output(x.type, shape);
  const strides = stridesOf(x.shape);
  copyPart(shape, { value: x, strides: order.map((axis) => strides[axis]!) }, { value: output });
  return output;
}
