import { elementCount } from "@deep-compression/bits";
import { intAttribute, intsAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { axisOf, integersOf, type Operator, required } from "../operation";
import { axesOf, integersAt } from "./operands";

/** Shape: the sizes of its input, or of those dimensions from `start` to `end`. */
export const shape: Operator = ({ node }) => {
  const start = intAttribute(node, "start", 0);
  const end = intAttribute(node, "end", Number.POSITIVE_INFINITY);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const sizes = x.shape.slice(start, end);
      const output = context.output("int64", [sizes.length]);
      output.data.set(sizes.map(BigInt) as never);
      return [output];
    },
  };
};

/** Size: how many elements its input has. */
export const size: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const output = context.output("int64", []);
    output.data[0] = BigInt(x.size);
    return [output];
  },
});

/** Reshape: 0 copies a dimension unless `allowzero`, one -1 takes what is left. */
export const reshape: Operator = ({ node }) => {
  const copiesZero = intAttribute(node, "allowzero", 0) === 0;
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const target = inputs[1] === undefined ? intsAttribute(node, "shape") : integersOf(node, inputs[1]);
      if (target === undefined) throw misfit(node, "expected a target shape, got none");
      return [context.view(x, reshaped(node, { from: x.shape, target, copiesZero }))];
    },
  };
};

interface Reshaping {
  readonly from: readonly number[];
  readonly target: readonly number[];
  readonly copiesZero: boolean;
}

function reshaped(node: Node, { from, target, copiesZero }: Reshaping): readonly number[] {
  const wrong = () => misfit(node, `shape ${shapeText(from)} does not fill ${shapeText(target)}`);
  const sizes = target.map((size, axis) => (size === 0 && copiesZero ? from[axis] : size));
  if (sizes.some((size) => size === undefined || size < -1)) throw wrong();
  const known = elementCount(sizes.filter((size) => size !== -1) as number[]);
  const open = sizes.indexOf(-1);
  if (open >= 0) {
    const rest = elementCount(from) / known;
    if (!Number.isInteger(rest) || open !== sizes.lastIndexOf(-1)) throw wrong();
    sizes[open] = rest;
  } else if (known !== elementCount(from)) throw wrong();
  return sizes as number[];
}

/** Flatten: the dimensions before `axis` as rows, the others as columns. */
export const flatten: Operator = ({ node }) => {
  const axis = intAttribute(node, "axis", 1);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const rank = x.shape.length;
      const at = axis === rank ? rank : axisOf(node, axis, rank);
      return [context.view(x, [elementCount(x.shape.slice(0, at)), elementCount(x.shape.slice(at))])];
    },
  };
};

/** Squeeze: leaves out dimensions of size 1: those of `axes`, or all. */
export const squeeze: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const axes = integersAt(node, inputs, 1, "axes");
    if (axes === undefined)
      return [
        context.view(
          x,
          x.shape.filter((size) => size !== 1),
        ),
      ];
    const left = axesOf(node, axes, x.shape.length);
    if (left.some((axis) => x.shape[axis] !== 1))
      throw misfit(node, `axes ${shapeText(axes)} expected of size 1, got shape ${shapeText(x.shape)}`);
    return [
      context.view(
        x,
        x.shape.filter((_, axis) => !left.includes(axis)),
      ),
    ];
  },
});

/** Unsqueeze: puts in dimensions of size 1, which are at `axes` of the result. */
export const unsqueeze: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const axes = integersAt(node, inputs, 1, "axes");
    if (axes === undefined) throw misfit(node, "expected axes, got none");
    const rank = x.shape.length + axes.length;
    const added = new Set(axesOf(node, axes, rank));
    const sizes = [...x.shape];
    return [
      context.view(
        x,
        Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : sizes.shift()!)),
      ),
    ];
  },
});
