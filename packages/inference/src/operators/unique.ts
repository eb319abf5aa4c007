import { elementCount } from "@deep-compression/bits";
import { intAttribute } from "@deep-compression/network";
import { stridesOf } from "../broadcast";
import type { ElementArray } from "../element-arrays";
import { axisOf, type Context, type Operator, required } from "../operation";
import type { Value } from "../value";
import { chosenParts } from "./selection";

/**
 * Unique: the different elements, or parts along an axis, sorted or as they come; then where each is first, which of them each of the
 * input is, and how often each is there. NaN is the same as NaN, and after all numbers.
 */
export const unique: Operator = ({ node }) => {
  const hasAxis = Object.hasOwn(node.attributes, "axis");
  const axis = intAttribute(node, "axis", 0);
  const isSorted = intAttribute(node, "sorted", 1) !== 0;
  return {
    run(inputs, context) {
      const given = required(node, inputs, 0);
      const x = hasAxis ? given : context.view(given, [given.size]);
      const at = axisOf(node, axis, x.shape.length);
      const parts = partsOf(x, at);
      const seen = new Map<unknown, number>();
      const firsts: number[] = [];
      const classes = parts.keys.map((key, part) => {
        const known = seen.get(key) ?? firsts.push(part) - 1;
        seen.set(key, known);
        return known;
      });
      const order = firsts.map((_, i) => i);
      if (isSorted) order.sort((a, b) => parts.compare(firsts[a]!, firsts[b]!));
      const ranks = new Array<number>(order.length);
      const counts = new Array<number>(order.length).fill(0);
      for (const [rank, one] of order.entries()) ranks[one] = rank;
      for (const one of classes) counts[ranks[one]!]!++;
      const chosen = order.map((one) => firsts[one]!);
      return [
        chosenParts(context, { x, axis: at, chosen }),
        integers(context, chosen),
        integers(
          context,
          classes.map((one) => ranks[one]!),
        ),
        integers(context, counts),
      ];
    },
  };
};

interface Parts {
  /** By part; those of equal parts are the same. */
  readonly keys: readonly unknown[];
  compare(a: number, b: number): number;
}

function partsOf({ shape, data }: Value, axis: number): Parts {
  const stride = stridesOf(shape)[axis]!;
  const [size, outer] = [shape[axis]!, elementCount(shape.slice(0, axis))];
  const places: number[] = [];
  for (let i = 0; i < outer; i++) for (let j = 0; j < stride; j++) places.push(i * size * stride + j);
  const keyOf = (part: number) =>
    places.length === 1 ? data[part] : places.map((place) => data[place + part * stride]).join();
  return {
    keys: Array.from({ length: size }, (_, part) => keyOf(part)),
    compare(a, b) {
      for (const place of places) {
        const order = compareElements(data, place + a * stride, place + b * stride);
        if (order !== 0) return order;
      }
      return 0;
    },
  };
}

function compareElements(data: ElementArray, i: number, j: number): number {
  const [a, b] = [data[i]!, data[j]!];
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function integers(context: Context, list: readonly number[]): Value {
  const output = context.output("int64", [list.length]);
  output.data.set(list.map(BigInt) as never);
  return output;
}
