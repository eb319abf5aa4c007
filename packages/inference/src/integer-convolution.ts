import { type Convolution, inputCells, outputCells, taps } from "./convolution-shape";
import { convolveDense } from "./dense-convolution";
import type { NumberArray } from "./element-arrays";

import type { Context } from "./operation";
import type { Value } from "./value";

/** Integers of 8 bits and the numbers that stand for 0: one, or one a row along the first axis. */
export interface OffsetIntegers {
  readonly value: Value;
  readonly zeros: ArrayLike<number>;
}

/** Sums of products of whole numbers below this are exact in float32. */
const EXACT = 2 ** 24 - 1;

/**
 * The convolution of integers of 8 bits, exact: by products of float32 over so few channels and taps at a time that their sums are whole
 * numbers that float32 holds. Padding is the number that stands for 0. @returns the sums, int32
 */
export function convolveIntegers(context: Context, shape: Convolution, x: OffsetIntegers, w: OffsetIntegers): Value {
  const { batch, groups, channels, outputs } = shape;
  const [cells, windows, weights] = [inputCells(shape), outputCells(shape), taps(shape)];
  const bound = Math.floor(EXACT / (largestOf(x) * largestOf(w)));
  const atOnce = Math.min(channels, Math.max(1, Math.floor(bound / weights)));
  const tapsAtOnce = Math.min(weights, bound);
  const sums = context.output("int32", [batch, groups * outputs, windows]);
  const part = context.output("float32", [batch, groups * outputs, windows]);
  const inputs = context.output("float32", [batch * groups, atOnce, cells]);
  const kernels = context.output("float32", [groups * outputs, atOnce, weights]);
  sums.data.fill(0 as never);
  for (let channel = 0; channel < channels; channel += atOnce) {
    const count = Math.min(atOnce, channels - channel);
    const from = { channel, channels, count };
    copyCentred(x, inputs, { ...from, cells, first: 0, end: cells });
    for (let first = 0; first < weights; first += tapsAtOnce) {
      copyCentred(w, kernels, { ...from, cells: weights, first, end: first + tapsAtOnce });
      const operands = { x: inputs.address, w: kernels.address, y: part.address, finish: [] };
      convolveDense(context, { ...shape, channels: count }, operands);
      const [to, added] = [sums.data as Int32Array, part.data as Float32Array];
      for (let i = 0; i < to.length; i++) to[i] = to[i]! + added[i]!;
    }
  }
  return sums;
}

/** The largest distance from 0, at least 1. */
function largestOf({ value, zeros }: OffsetIntegers): number {
  const zero = Array.from(zeros);
  const [low, high] = value.type === "uint8" ? [0, 255] : [-128, 127];
  return Math.max(1, high - Math.min(0, ...zero), Math.max(0, ...zero) - low);
}

interface Part {
  /** The first of the channels copied, how many there are, and how many are copied. */
  readonly channel: number;
  readonly channels: number;
  readonly count: number;
  readonly cells: number;
  /** Cells that are copied; the others become 0. */
  readonly first: number;
  readonly end: number;
}

/** Some channels of each row [channels][cells], less the number that stands for 0. */
function copyCentred({ value, zeros }: OffsetIntegers, to: Value, part: Part): void {
  const { channel, channels, count, cells, first, end } = part;
  const [x, y] = [value.data as NumberArray, to.data as Float32Array];
  const rows = x.length / Math.max(1, channels * cells);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const zero = zeros[zeros.length === 1 ? 0 : row]!;
    for (let c = 0; c < count; c++) {
      const from = (row * channels + channel + c) * cells;
      for (let i = 0; i < cells; i++) y[at++] = i >= first && i < end ? x[from + i]! - zero : 0;
    }
  }
}
