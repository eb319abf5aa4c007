import { intAttribute } from "@deep-compression/network";
import type { NumberArray } from "../element-arrays";
import { axisOf, type Operator, required, scalarOf } from "../operation";
import { eachLine, linesAlong } from "./axis-lines";
import { checkKind, NUMBERS } from "./element-kinds";

/** CumSum: sums of the elements up to each along an axis, with or without its own, from the front or from the back. */
export const cumSum: Operator = ({ node }) => {
  const isExclusive = intAttribute(node, "exclusive", 0) !== 0;
  const isReverse = intAttribute(node, "reverse", 0) !== 0;
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      checkKind(node, x, NUMBERS);
      const axis = axisOf(node, scalarOf(node, required(node, inputs, 1)), x.shape.length);
      const lines = linesAlong(x.shape, axis);
      const output = context.output(x.type, x.shape);
      // Integers of 64 bits add up as numbers do.
      const [from, to] = [x.data as NumberArray, output.data as NumberArray];
      const step = isReverse ? -lines.inner : lines.inner;
      const zero = (typeof to[0] === "bigint" ? 0n : 0) as number;
      eachLine(lines, (start) => {
        let at = isReverse ? start + (lines.size - 1) * lines.inner : start;
        to[at] = isExclusive ? zero : from[at]!;
        for (let i = 1; i < lines.size; i++, at += step) to[at + step] = to[at]! + from[isExclusive ? at : at + step]!;
      });
      return [output];
    },
  };
};
