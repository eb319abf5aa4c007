import { describeNode, type ElementType } from "@deep-compression/network";
import { arrayOf, type BigArray, isBigArray, type NumberArray } from "../element-arrays";
import { SMOOTH } from "../elementwise-kernels";
import { type Context, type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { checkKind, type ElementKind, FLOATS } from "./element-kinds";

/** Computes each element of `to` from that of `x`. An operator of its own loop is compiled on its own, with no call for an element. */
export type UnaryLoop = (x: NumberArray, to: NumberArray) => void;

/** The same for floats of up to 32 bits, by the loops over the heap. */
export type HeapLoop = (x: Value, to: Value, context: Context) => void;

/** An operator of one value, element by element. */
export interface Unary {
  readonly kinds: readonly ElementKind[];
  readonly loop: UnaryLoop;
  /** For floats of up to 32 bits, if another: a loop over the heap. */
  readonly floats?: HeapLoop;
  /** For integers of 64 bits. */
  readonly bigs?: (value: bigint) => bigint;
  /** Type of the result; default: that of the operand. */
  readonly result?: ElementType;
}

/** @param of what the operator is at a node: its attributes are read here */
export function unary(of: (site: Site) => Unary): Operator {
  return (site) => {
    const { node } = site;
    const { kinds, loop, floats, bigs, result } = of(site);
    return {
      run(inputs, context) {
        const value = required(node, inputs, 0);
        checkKind(node, value, kinds);
        const output = context.output(result ?? value.type, value.shape);
        if (floats !== undefined && arrayOf(value.type) === Float32Array) {
          floats(value, output, context);
          return [output];
        }
        const [x, to] = [value.data, output.data];
        if (!isBigArray(x)) loop(x, to as NumberArray);
        else if (bigs !== undefined) mapBigs(x, to as BigArray, bigs);
        else throw new TypeError(`${describeNode(node)}: ${value.type} is not taken`);
        return [output];
      },
    };
  };
}

/** An operator of floats that is a loop and has no attributes. */
export function floatLoop(loop: UnaryLoop, floats?: HeapLoop): Operator {
  return unary(() => ({ kinds: FLOATS, loop, ...(floats && { floats }) }));
}

/** What is below 0 times `slope`, and all held between two bounds. */
export function bounded({ slope = 1, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY }): HeapLoop {
  return ({ size, address }, to, { kernels }) => {
    kernels.finishRows(1, size, 0, address, to.address, 0, 0, slope, low, high);
  };
}

/** A loop of `smoothFloats`. */
export function smoothed(kind: keyof typeof SMOOTH): HeapLoop {
  return ({ size, address }, to, { kernels }) => kernels.smoothFloats(SMOOTH[kind], size, address, to.address);
}

/** An operator of floats that is a function of one number and takes longer than a call. */
export function floatFunction(compute: (value: number) => number): Operator {
  return floatLoop(mapped(compute));
}

/** A loop that calls a function for each element. */
export function mapped(compute: (value: number) => number): UnaryLoop {
  return (x, to) => {
    for (let i = 0; i < to.length; i++) to[i] = compute(x[i]!);
  };
}

function mapBigs(x: BigArray, to: BigArray, compute: (value: bigint) => bigint): void {
  for (let i = 0; i < to.length; i++) to[i] = compute(x[i]!);
}
