import type { NumberArray } from "../element-arrays";
import { type Operator, required } from "../operation";
import { type Binary, type BinaryLoop, combine } from "./binary";
import { checkKind, FLOATS, NUMBERS } from "./element-kinds";

const sumLoop: BinaryLoop = (x, y, to, k, end, i, stepX, j, stepY) => {
  for (; k < end; k++, i += stepX, j += stepY) to[k] = x[i]! + y[j]!;
};

/** Max: NaN where any is. */
export const max = /* @__PURE__ */ variadic({
  kinds: NUMBERS,
  loop(x, y, to, k, end, i, stepX, j, stepY) {
    for (; k < end; k++, i += stepX, j += stepY) to[k] = Math.max(x[i]!, y[j]!);
  },
  bigs: (a, b) => (a > b ? a : b),
});

/** Min: NaN where any is. */
export const min = /* @__PURE__ */ variadic({
  kinds: NUMBERS,
  loop(x, y, to, k, end, i, stepX, j, stepY) {
    for (; k < end; k++, i += stepX, j += stepY) to[k] = Math.min(x[i]!, y[j]!);
  },
  bigs: (a, b) => (a < b ? a : b),
});

/** Sum of any number of values. */
export const sum = /* @__PURE__ */ variadic({ kinds: FLOATS, loop: sumLoop });

/** Mean of any number of values. */
export const mean = /* @__PURE__ */ variadic({ kinds: FLOATS, loop: sumLoop }, (data, count) => {
  for (let i = 0; i < data.length; i++) data[i] = data[i]! / count;
});

/** An operator of one or more values that broadcast, taken one after another. `finish` is given their number, if more than one. */
function variadic(operator: Binary, finish?: (data: NumberArray, count: number) => void): Operator {
  return ({ node }) => ({
    run(inputs, context) {
      let result = required(node, inputs, 0);
      checkKind(node, result, operator.kinds);
      for (let index = 1; index < inputs.length; index++) {
        const before = result;
        result = combine({ node, context, operator }, before, required(node, inputs, index));
        if (index > 1) context.release(before);
      }
      if (inputs.length > 1) finish?.(result.data as NumberArray, inputs.length);
      return [result];
    },
  });
}
