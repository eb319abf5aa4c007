import { elementCount } from "@deep-compression/bits";
import { intAttribute, misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { copyMapped } from "../copy-elements";
import { isBigArray } from "../element-arrays";
import { axisOf, type Context, integersOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { assertRank } from "./operands";

/** NonZero: the indices of the elements that are not 0, one row an axis. */
export const nonZero: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const zero = isBigArray(x.data) ? 0n : 0;
    let count = 0;
    for (let i = 0; i < x.size; i++) if (x.data[i] !== zero) count++;
    const output = context.output("int64", [x.shape.length, count]);
    const [from, to] = [x.data, output.data];
    for (let i = 0, column = 0; i < x.size; i++) {
      if (from[i] === zero) continue;
      for (let axis = x.shape.length - 1, rest = i; axis >= 0; axis--) {
        const size = x.shape[axis]!;
        to[axis * count + column] = BigInt(rest % size);
        rest = Math.floor(rest / size);
      }
      column++;
    }
    return [output];
  },
});

/** Compress: what a list of conditions chooses along an axis, or of all elements without one. */
export const compress: Operator = ({ node }) => {
  const hasAxis = Object.hasOwn(node.attributes, "axis");
  const axis = intAttribute(node, "axis", 0);
  return {
    run(inputs, context) {
      const given = required(node, inputs, 0);
      const x = hasAxis ? given : context.view(given, [given.size]);
      const condition = integersOf(node, required(node, inputs, 1));
      const at = axisOf(node, axis, x.shape.length);
      if (condition.length > x.shape[at]!)
        throw misfit(node, `expected up to ${x.shape[at]} conditions, got ${condition.length}`);
      const chosen = condition.flatMap((value, index) => (value === 0 ? [] : [index]));
      return [chosenParts(context, { x, axis: at, chosen })];
    },
  };
};

/** The parts of a value at indices of an axis. */
export function chosenParts(
  context: Context,
  { x, axis, chosen }: { readonly x: Value; readonly axis: number; readonly chosen: readonly number[] },
): Value {
  const output = context.output(x.type, x.shape.with(axis, chosen.length));
  const maps = x.shape.map((size, i) =>
    i === axis ? Int32Array.from(chosen) : Int32Array.from({ length: size }, (_, j) => j),
  );
  copyMapped(maps, x, output);
  return output;
}

/** ReverseSequence: the first elements of each sequence in reverse, as many as `sequence_lens` says. */
export const reverseSequence: Operator = ({ node }) => {
  const [batchAxis, timeAxis] = [intAttribute(node, "batch_axis", 1), intAttribute(node, "time_axis", 0)];
  return {
    run(inputs, context) {
      const [x, lengthsValue] = [required(node, inputs, 0), required(node, inputs, 1)];
      const [batch, time] = [axisOf(node, batchAxis, x.shape.length), axisOf(node, timeAxis, x.shape.length)];
      if (batch + time !== 1) throw misfit(node, `expected batch and time as axes 0 and 1, got ${batch} and ${time}`);
      const lengths = integersOf(node, lengthsValue);
      assertRank(node, lengthsValue, 1);
      const [items, steps] = [x.shape[batch]!, x.shape[time]!];
      if (lengths.length !== items || lengths.some((length) => length < 0 || length > steps))
        throw misfit(node, `expected ${items} lengths up to ${steps}, got ${shapeText(lengths)}`);
      const inner = elementCount(x.shape.slice(2));
      // Rows are the two axes together: each is copied as a whole.
      const map = new Int32Array(items * steps);
      for (let row = 0; row < map.length; row++) {
        const [item, step] =
          batch === 0 ? [Math.floor(row / steps), row % steps] : [row % items, Math.floor(row / items)];
        const from = step < lengths[item]! ? lengths[item]! - 1 - step : step;
        map[row] = batch === 0 ? item * steps + from : from * items + item;
      }
      const whole = Int32Array.from({ length: inner }, (_, i) => i);
      const output = context.output(x.type, x.shape);
      copyMapped([map, whole], context.view(x, [map.length, inner]), context.view(output, [map.length, inner]));
      return [output];
    },
  };
};
