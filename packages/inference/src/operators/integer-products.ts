import { misfit, type Node } from "@deep-compression/network";
import type { NumberArray } from "../element-arrays";
import { type Context, floatsOf, numbersOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { checkQuantizedBytes, checkSameType } from "./element-kinds";
import { integerLimits } from "./integer-limits";
import { matrixStacks } from "./matrix-stacks";
import { roundHalfToEven } from "./rounding";

/** A stack of quantized matrices, with a zero point for all or for each row (of the left) or column (of the right). */
interface Quantized {
  readonly value: Value;
  readonly zero: Value | undefined;
}

/** MatMulInteger: the product of integers of 8 bits less their zero points, as int32 that wrap. */
export const matMulInteger: Operator = ({ node }) => ({
  run(inputs, context) {
    const a = { value: required(node, inputs, 0), zero: inputs[2] };
    const b = { value: required(node, inputs, 1), zero: inputs[3] };
    return [integerProduct(node, context, a, b)];
  },
});

/** QLinearMatMul: the product of quantized matrices, quantized again: rounded half to even, as near as the type allows. */
export const qLinearMatMul: Operator = ({ node }) => ({
  run(inputs, context) {
    const [a, scaleA, zeroA, b, scaleB, zeroB, scale, zero] = Array.from({ length: 8 }, (_, i) =>
      required(node, inputs, i),
    ) as [Value, Value, Value, Value, Value, Value, Value, Value];
    const sums = integerProduct(node, context, { value: a, zero: zeroA }, { value: b, zero: zeroB });
    checkQuantizedBytes(node, zero);
    const output = context.output(zero.type, sums.shape);
    const { m, n, each } = matrixStacks(node, a.shape, b.shape);
    const [of, to] = [sums.data as Int32Array, output.data as NumberArray];
    const [scalesA, scalesB, scales] = [floatsOf(node, scaleA), floatsOf(node, scaleB), floatsOf(node, scale)];
    const zeros = numbersOf(node, zero);
    const [least, greatest] = integerLimits(zero.type).map(Number) as [number, number];
    each((product, matrixA, matrixB) => {
      for (let row = 0; row < m; row++) {
        const left = scalesA[placeOf(node, scaleA, m, matrixA, row)]!;
        const place = placeOf(node, scale, m, product, row);
        const zeroPlace = placeOf(node, zero, m, product, row);
        for (let column = 0; column < n; column++) {
          const right = scalesB[placeOf(node, scaleB, n, matrixB, column)]!;
          const at = (product * m + row) * n + column;
          const factor = Math.fround(Math.fround(left * right) / scales[place]!);
          const value = roundHalfToEven(Math.fround(of[at]! * factor)) + zeros[zeroPlace]!;
          to[at] = value < least ? least : value > greatest ? greatest : value;
        }
      }
    });
    return [output];
  },
});

function integerProduct(node: Node, context: Context, a: Quantized, b: Quantized): Value {
  for (const { value, zero } of [a, b]) {
    checkQuantizedBytes(node, value);
    if (zero !== undefined) checkSameType(node, value, zero);
  }
  const { shape, m, n, k, each } = matrixStacks(node, a.value.shape, b.value.shape);
  const output = context.output("int32", shape);
  const centred = context.output("int16", [k, n]);
  const [x, y] = [numbersOf(node, a.value), numbersOf(node, b.value)];
  const [zerosA, zerosB] = [a.zero && numbersOf(node, a.zero), b.zero && numbersOf(node, b.zero)];
  const [right, to] = [centred.data as Int16Array, output.data as Int32Array];
  to.fill(0);
  each((product, matrixA, matrixB) => {
    for (let column = 0; column < n; column++) {
      const zero = zerosB ? zerosB[placeOf(node, b.zero!, n, matrixB, column)]! : 0;
      for (let i = 0; i < k; i++) right[i * n + column] = y[(matrixB * k + i) * n + column]! - zero;
    }
    for (let row = 0; row < m; row++) {
      const zero = zerosA ? zerosA[placeOf(node, a.zero!, m, matrixA, row)]! : 0;
      for (let i = 0; i < k; i++) {
        const factor = x[(matrixA * m + row) * k + i]! - zero;
        if (factor !== 0) addScaled(right, i * n, factor, to, (product * m + row) * n, n);
      }
    }
  });
  return output;
}

function addScaled(x: Int16Array, from: number, factor: number, to: Int32Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = to[at + i]! + factor * x[from + i]!;
}

/** Where among scales or zero points that of a line (row or column) of a matrix of a stack is. @throws RangeError naming the node */
function placeOf(node: Node, { size, shape }: Value, lines: number, matrix: number, line: number): number {
  if (size === 1) return 0;
  const place = size === lines ? line : matrix * lines + line;
  if (size % lines === 0 && place < size) return place;
  throw misfit(node, `expected one scale or zero point, or one a row or column, got shape [${shape}]`);
}
