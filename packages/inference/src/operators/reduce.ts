import { elementCount } from "@deep-compression/bits";
import { type ElementType, intAttribute, intsAttribute } from "@deep-compression/network";
import { broadcastStrides, walk } from "../broadcast";
import { type BigArray, type ElementArray, isBigArray, type NumberArray } from "../element-arrays";
import { axisOf, type Context, integersOf, type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { checkKind, kindOf, NUMBERS_AND_BOOLS } from "./element-kinds";
import { toBig } from "./power";

/** Takes the elements of `x` from `from` to before `end` into sums, the first at `at` and the others `step` apart. */
export type ReduceLoop = (
  x: NumberArray,
  from: number,
  end: number,
  sums: Float64Array,
  at: number,
  step: number,
  maxima: Float64Array,
) => void;

/** What a reduction does, in double precision; integers, if `exact` says how, as integers that wrap. */
export interface Reduction {
  /** What the reduction of nothing gives. */
  readonly initial: number;
  readonly loop: ReduceLoop;
  readonly finish?: (sum: number, count: number, maximum: number) => number;
  /** Whether it needs the maxima, which are 0 where they are infinite. */
  readonly ofMaxima?: boolean;
  readonly exact?: ExactReduction;
}

interface ExactReduction {
  readonly initial: (type: ElementType) => bigint;
  readonly take: (sum: bigint, value: bigint) => bigint;
  readonly finish?: (sum: bigint, count: bigint) => bigint;
}

/** What one run reduces. `kept`: the shape of the result, in which the axes taken together have size 1. */
interface Task {
  readonly x: Value;
  readonly kept: readonly number[];
  readonly count: number;
  readonly context: Context;
}

/** The maxima of elements; NaN where one is. */
export const takeMaxima: ReduceLoop = (x, from, end, sums, at, step) => {
  for (let i = from; i < end; i++, at += step) sums[at] = Math.max(sums[at]!, x[i]!);
};

/** An operator that takes the elements along axes together. Axes are an attribute or an input; none: all, unless noop_with_empty_axes. */
export function reduction(of: Reduction): Operator {
  return ({ node }: Site) => {
    const attribute = intsAttribute(node, "axes");
    const keeps = intAttribute(node, "keepdims", 1) !== 0;
    const noop = intAttribute(node, "noop_with_empty_axes", 0) !== 0;
    return {
      run(inputs, context) {
        const x = required(node, inputs, 0);
        checkKind(node, x, NUMBERS_AND_BOOLS);
        const rank = x.shape.length;
        const named = attribute ?? (inputs[1] === undefined ? [] : integersOf(node, inputs[1]));
        const axes = new Set(named.map((axis) => axisOf(node, axis, rank)));
        const isTaken = (axis: number) => axes.has(axis) || (axes.size === 0 && !noop);
        const kept = x.shape.map((size, axis) => (isTaken(axis) ? 1 : size));
        const output = context.output(x.type, keeps ? kept : kept.filter((_, axis) => !isTaken(axis)));
        const count = elementCount(x.shape.filter((_, axis) => isTaken(axis)));
        const task = { x, kept, count, context };
        if (kindOf(x.type) !== "float" && of.exact !== undefined) reduceExactly(task, of.exact, output);
        else reduceFloats(task, of, output);
        return [output];
      },
    };
  };
}

function reduceFloats({ x, kept, count, context }: Task, of: Reduction, output: Value): void {
  const [sums, maxima] = [context.output("float64", kept), context.output("float64", of.ofMaxima ? kept : [0])];
  const copy = isBigArray(x.data) ? context.output("float64", x.shape) : undefined;
  const [totals, tops] = [sums.data as Float64Array, maxima.data as Float64Array];
  copy?.data.set(Array.from(x.data, Number) as never);
  const values = (copy ?? x).data as NumberArray;
  const path = walk(x.shape, [broadcastStrides(kept, x.shape)]);
  const pass = (loop: ReduceLoop, into: Float64Array, initial: number) => {
    into.fill(initial);
    path.each((at, starts) => loop(values, at, at + path.length, into, starts[0]!, path.steps[0]!, tops));
  };
  if (of.ofMaxima) {
    pass(takeMaxima, tops, Number.NEGATIVE_INFINITY);
    for (let i = 0; i < tops.length; i++) if (!Number.isFinite(tops[i])) tops[i] = 0;
  }
  pass(of.loop, totals, of.initial);
  const { finish = (sum: number) => sum } = of;
  const to: ElementArray = output.data;
  for (let i = 0; i < to.length; i++) {
    const result = finish(totals[i]!, count, tops[i] ?? 0);
    to[i] = isBigArray(to) ? toBig(result) : result;
  }
}

function reduceExactly({ x, kept, count, context }: Task, exact: ExactReduction, output: Value): void {
  const { initial, take, finish = (sum: bigint) => sum } = exact;
  const isUnsigned = x.type === "bool" || x.type.startsWith("u");
  const totals = context.output(isUnsigned ? "uint64" : "int64", kept).data as BigArray;
  totals.fill(initial(x.type));
  const values = x.data;
  const { length, steps, each } = walk(x.shape, [broadcastStrides(kept, x.shape)]);
  each((start, starts) => {
    for (let i = 0, at = starts[0]!; i < length; i++, at += steps[0]!)
      totals[at] = take(totals[at]!, BigInt(values[start + i]!));
  });
  const to = output.data;
  for (let i = 0; i < to.length; i++) {
    const result = finish(totals[i]!, BigInt(count));
    to[i] = isBigArray(to) ? result : Number(BigInt.asIntN(32, result));
  }
}
