import { intAttribute, misfit } from "@deep-compression/network";
import type { BigArray, NumberArray } from "../element-arrays";
import { axisOf, type Operator, required, scalarOf } from "../operation";
import { eachLine, linesAlong } from "./axis-lines";
import { checkKind, NUMBERS } from "./element-kinds";

/**
 * TopK: the k greatest or least along an axis, and where they are. Of equals the first comes first; what is no number is the greatest.
 * The result is sorted, whether that is asked for or not.
 */
export const topK: Operator = ({ node, opset }) => {
  const fixed = opset < 10 ? intAttribute(node, "k", -1) : undefined;
  const named = intAttribute(node, "axis", -1);
  const order = intAttribute(node, "largest", 1) !== 0 ? -1 : 1;
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      checkKind(node, x, NUMBERS);
      const k = fixed ?? scalarOf(node, required(node, inputs, 1));
      const axis = axisOf(node, named, x.shape.length);
      const lines = linesAlong(x.shape, axis);
      const { size, inner } = lines;
      if (!(Number.isInteger(k) && k >= 0 && k <= size)) throw misfit(node, `k expected 0 to ${size}, got ${k}`);
      const shape = x.shape.with(axis, k);
      const [values, indices] = [context.output(x.type, shape), context.output("int64", shape)];
      // Integers of 64 bits compare as numbers do.
      const from = x.data as NumberArray;
      const [to, places] = [values.data as NumberArray, indices.data as BigArray];
      const line = new Uint32Array(size);
      eachLine(lines, (start, number) => {
        for (let i = 0; i < size; i++) line[i] = i;
        line.sort((a, b) => order * compare(from[start + a * inner]!, from[start + b * inner]!) || a - b);
        let at = Math.floor(number / inner) * k * inner + (number % inner);
        for (let i = 0; i < k; i++, at += inner) {
          to[at] = from[start + line[i]! * inner]!;
          places[at] = BigInt(line[i]!);
        }
      });
      return [values, indices];
    },
  };
};

function compare(a: number, b: number): number {
  if (a === b) return 0;
  if (a < b) return -1;
  if (a > b) return 1;
  // One of them at least is no number.
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
