import { intAttribute, misfit } from "@deep-compression/network";
import type { BigArray, NumberArray } from "../element-arrays";
import { axisOf, type Operator, required } from "../operation";
import { eachLine, linesAlong } from "./axis-lines";
import { checkKind, NUMBERS } from "./element-kinds";

/** ArgMax: where along an axis the greatest is. NaN is the greatest. */
export const argMax = /* @__PURE__ */ argExtreme((a, b) => a > b);

/** ArgMin: where along an axis the least is. NaN is the least. */
export const argMin = /* @__PURE__ */ argExtreme((a, b) => a < b);

function argExtreme(isBetter: (a: number, b: number) => boolean): Operator {
  return ({ node }) => {
    const named = intAttribute(node, "axis", 0);
    const keeps = intAttribute(node, "keepdims", 1) !== 0;
    const isLast = intAttribute(node, "select_last_index", 0) !== 0;
    return {
      run(inputs, context) {
        const x = required(node, inputs, 0);
        checkKind(node, x, NUMBERS);
        const axis = axisOf(node, named, x.shape.length);
        const lines = linesAlong(x.shape, axis);
        if (lines.size === 0 && lines.outer * lines.inner > 0)
          throw misfit(node, `axis ${axis} expected at least one element, got none`);
        const { shape } = x;
        const output = context.output("int64", [
          ...shape.slice(0, axis),
          ...(keeps ? [1] : []),
          ...shape.slice(axis + 1),
        ]);
        // Integers of 64 bits compare as numbers do.
        const [values, to] = [x.data as NumberArray, output.data as BigArray];
        eachLine(lines, (start, line) => {
          let best = 0;
          for (let i = 1; i < lines.size; i++) {
            const [a, b] = [values[start + i * lines.inner]!, values[start + best * lines.inner]!];
            const isTie = a === b || (Number.isNaN(a) && Number.isNaN(b));
            if (isTie ? isLast : isBetter(a, b) || Number.isNaN(a)) best = i;
          }
          to[line] = BigInt(best);
        });
        return [output];
      },
    };
  };
}
