import { elementCount } from "@deep-compression/bits";
import { misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { broadcastShape, broadcastStrides, stridesOf } from "../broadcast";
import { copyPart } from "../copy-elements";
import { type Operator, required } from "../operation";
import { sizesOf } from "./operands";

/** Expand: a value broadcast to a shape, which broadcasts to it too. */
export const expand: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const shape = broadcastShape(node, [x.shape, sizesOf(node, required(node, inputs, 1))]);
    if (elementCount(shape) === x.size) return [context.view(x, shape)];
    const output = context.output(x.type, shape);
    copyPart(shape, { value: x, strides: broadcastStrides(x.shape, shape) }, { value: output });
    return [output];
  },
});

/** Tile: a value repeated along each axis. */
export const tile: Operator = ({ node, opset }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const repeats = opset < 6 ? undefined : sizesOf(node, required(node, inputs, 1));
    if (repeats?.length !== x.shape.length)
      throw misfit(node, `expected a repeat for each of ${shapeText(x.shape)}, got ${shapeText(repeats ?? [])}`);
    const output = context.output(
      x.type,
      x.shape.map((size, axis) => size * repeats[axis]!),
    );
    const strides = stridesOf(x.shape);
    const shape = x.shape.flatMap((size, axis) => [repeats[axis]!, size]);
    const target = stridesOf(output.shape).flatMap((stride, axis) => [stride * x.shape[axis]!, stride]);
    copyPart(
      shape,
      { value: x, strides: strides.flatMap((stride) => [0, stride]) },
      { value: output, strides: target },
    );
    return [output];
  },
});
