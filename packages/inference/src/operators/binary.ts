import { describeNode, type ElementType, intAttribute, type Node } from "@deep-compression/network";
import { broadcastShape, broadcastStrides, walk } from "../broadcast";
import { arrayOf, type BigArray, isBigArray, type NumberArray } from "../element-arrays";
import type { CombineFloats } from "../elementwise-kernels";
import type { HeapKernels } from "../heap-kernels";
import { type Context, type Inputs, type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { checkKind, checkSameType, type ElementKind } from "./element-kinds";

/** Computes the elements of `to` from `k` to before `end`, from those of `x` at `i` and of `y` at `j` on, so many steps apart. */
export type BinaryLoop = (
  x: NumberArray,
  y: NumberArray,
  to: NumberArray,
  k: number,
  end: number,
  i: number,
  stepX: number,
  j: number,
  stepY: number,
) => void;

/** An operator of two values of one type that broadcast. */
export interface Binary {
  readonly kinds: readonly ElementKind[];
  readonly loop: BinaryLoop;
  /** For floats of up to 32 bits, if another: a loop over the heap. */
  readonly floats?: (kernels: HeapKernels) => CombineFloats;
  /** For integers of up to 32 bits, if another. */
  readonly integers?: BinaryLoop;
  /** For integers of 64 bits. */
  readonly bigs?: (a: bigint, b: bigint) => bigint | number;
  /** Type of the result; default: that of the operands. */
  readonly result?: ElementType;
}

/** @param of what the operator is at a node, or for all */
export function binary(of: Binary | ((site: Site) => Binary)): Operator {
  return (site) => {
    const { node } = site;
    const operator = typeof of === "function" ? of(site) : of;
    return {
      run(inputs, context) {
        const [a, b] = operandsOf(site, inputs, context);
        return [combine({ node, context, operator }, a, b)];
      },
    };
  };
}

/** Both operands. Before opset 7 the axes of the second may begin at an axis of the first that is named. */
export function operandsOf({ node, opset }: Site, inputs: Inputs, context: Context): readonly [Value, Value] {
  const [a, b] = [required(node, inputs, 0), required(node, inputs, 1)];
  const axis = opset < 7 ? intAttribute(node, "axis", -1) : -1;
  if (axis < 0) return [a, b];
  const behind = a.shape.slice(axis + b.shape.length).map(() => 1);
  return [a, context.view(b, [...b.shape, ...behind])];
}

/** Where an operator of two values is run. */
interface Place {
  readonly node: Node;
  readonly context: Context;
  readonly operator: Binary;
}

/** What an operator makes of two values. @throws TypeError, RangeError naming the node for types and shapes that do not fit */
export function combine({ node, context, operator }: Place, a: Value, b: Value): Value {
  const { kinds, loop, floats, integers = loop, bigs, result } = operator;
  checkSameType(node, a, b);
  checkKind(node, a, kinds);
  const shape = broadcastShape(node, [a.shape, b.shape]);
  const output = context.output(result ?? a.type, shape);
  if (floats !== undefined && arrayOf(a.type) === Float32Array && combineRuns(floats(context.kernels), a, b, output))
    return output;
  const [x, y, to] = [a.data, b.data, output.data];
  if (isBigArray(x)) {
    if (bigs === undefined) throw new TypeError(`${describeNode(node)}: ${a.type} is not taken`);
    loopOver({ a, b, shape }, x as never, y as never, to as never, bigLoop(bigs) as never);
  } else {
    const isFloat = x instanceof Float32Array || x instanceof Float64Array;
    loopOver({ a, b, shape }, x, y as NumberArray, to as NumberArray, isFloat ? loop : integers);
  }
  return output;
}

/** Runs shorter than this are not worth a call each. */
const SHORT = 16;

/** Combines two values by a loop over the heap, if their elements lie in runs that are long enough. */
function combineRuns(combine: CombineFloats, a: Value, b: Value, { shape, size, address }: Value): boolean {
  const strides = [a, b].map((value) => broadcastStrides(value.shape, shape));
  const { length, steps, each } = walk(shape, strides);
  const [stepX, stepY] = steps as [number, number];
  if ((length < SHORT && length < size) || stepX > 1 || stepY > 1) return false;
  each((at, [x, y]) => combine(length, a.address + 4 * x!, stepX, b.address + 4 * y!, stepY, address + 4 * at));
  return true;
}

/** Runs a loop over the elements of two values as they broadcast to a shape. */
export function loopOver(
  { a, b, shape }: { readonly a: Value; readonly b: Value; readonly shape: readonly number[] },
  x: NumberArray,
  y: NumberArray,
  to: NumberArray,
  loop: BinaryLoop,
): void {
  const { length, steps, each } = walk(shape, [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]);
  const [stepX, stepY] = steps as [number, number];
  each((at, starts) => loop(x, y, to, at, at + length, starts[0]!, stepX, starts[1]!, stepY));
}

/** A loop that calls a function for each pair. */
export function combined(compute: (a: number, b: number) => number | boolean): BinaryLoop {
  return (x, y, to, k, end, i, stepX, j, stepY) => {
    for (; k < end; k++, i += stepX, j += stepY) to[k] = compute(x[i]!, y[j]!) as number;
  };
}

function bigLoop(compute: (a: bigint, b: bigint) => bigint | number) {
  return (x: BigArray, y: BigArray, to: BigArray, ...[k, end, from, stepX, start, stepY]: number[]) => {
    for (let [at, i, j] = [k!, from!, start!]; at < end!; at++, i += stepX!, j += stepY!)
      to[at] = compute(x[i]!, y[j]!) as bigint;
  };
}
