import { broadcastShape, broadcastStrides, walk } from "../broadcast";
import type { NumberArray } from "../element-arrays";
import { type Operator, required } from "../operation";
import { BOOLS, checkKind, checkSameType } from "./element-kinds";

/** Where: elements of the second input where the first is true, of the third elsewhere. */
export const where: Operator = ({ node }) => ({
  run(inputs, context) {
    const condition = required(node, inputs, 0);
    const [a, b] = [required(node, inputs, 1), required(node, inputs, 2)];
    checkKind(node, condition, BOOLS);
    checkSameType(node, a, b);
    const values = [condition, a, b];
    const shape = broadcastShape(
      node,
      values.map((value) => value.shape),
    );
    const output = context.output(a.type, shape);
    const strides = values.map((value) => broadcastStrides(value.shape, shape));
    const { length, steps, each } = walk(shape, strides);
    const [stepC, stepX, stepY] = steps as [number, number, number];
    // Integers of 64 bits go through it as they are.
    const [c, x, y, to] = [...values, output].map(({ data }) => data as NumberArray) as [
      NumberArray,
      NumberArray,
      NumberArray,
      NumberArray,
    ];
    each((at, starts) => {
      let [h, i, j] = starts as [number, number, number];
      for (let k = at; k < at + length; k++, h += stepC, i += stepX, j += stepY) to[k] = c[h] !== 0 ? x[i]! : y[j]!;
    });
    return [output];
  },
});
