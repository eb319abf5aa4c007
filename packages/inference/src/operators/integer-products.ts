import { misfit, type Node } from "@deep-compression/network";
import type { NumberArray } from "../element-arrays";
import { gemmScratch } from "../heap-kernels";
import { PRODUCT } from "../kernels.generated";
import { matrixStacks } from "../matrix-stacks";
import { type Context, floatsOf, numbersOf, required, withKernels } from "../operation";
import type { Value } from "../value";
import { checkQuantizedBytes, checkSameType } from "./element-kinds";
import { integerLimits } from "./integer-limits";
import { roundHalfToEven } from "./rounding";

/** A stack of quantized matrices, with a zero point for all or for each row (of the left) or column (of the right). */
interface Quantized {
  readonly value: Value;
  readonly zero: Value | undefined;
}

/** MatMulInteger: the product of integers of 8 bits less their zero points, as int32 that wrap. */
export const matMulInteger = /* @__PURE__ */ withKernels([PRODUCT], ({ node }) => ({
  run(inputs, context) {
    const a = { value: required(node, inputs, 0), zero: inputs[2] };
    const b = { value: required(node, inputs, 1), zero: inputs[3] };
    return [integerProduct(node, context, a, b)];
  },
}));

/** QLinearMatMul: the product of quantized matrices, quantized again: rounded half to even, as near as the type allows. */
export const qLinearMatMul = /* @__PURE__ */ withKernels([PRODUCT], ({ node }) => ({
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
    if (output.size === 0) return [output];
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
}));

/** So many products of two numbers up to 255 add up to less than 2^24: float32 sums them exactly, in whatever order. */
const EXACT_PRODUCTS = 256;

function integerProduct(node: Node, context: Context, a: Quantized, b: Quantized): Value {
  for (const { value, zero } of [a, b]) {
    checkQuantizedBytes(node, value);
    if (zero !== undefined) checkSameType(node, value, zero);
  }
  const { shape, m, n, k, each } = matrixStacks(node, a.value.shape, b.value.shape);
  const output = context.output("int32", shape);
  if (output.size === 0) return output;
  const [left, right, part] = [
    [m, k],
    [k, n],
    [m, n],
  ].map((size) => context.output("float32", size)) as [Value, Value, Value];
  const scratch = context.output("uint8", [gemmScratch(m, n, context.team.threads)]);
  const [x, y] = [numbersOf(node, a.value), numbersOf(node, b.value)];
  const [zerosA, zerosB] = [a.zero && numbersOf(node, a.zero), b.zero && numbersOf(node, b.zero)];
  const [rows, columns, sums] = [left.data as Float32Array, right.data as Float32Array, part.data as Float32Array];
  const to = output.data as Int32Array;
  to.fill(0);
  each((product, matrixA, matrixB) => {
    for (let row = 0; row < m; row++) {
      const zero = zerosA ? zerosA[placeOf(node, a.zero!, m, matrixA, row)]! : 0;
      for (let i = row * k; i < (row + 1) * k; i++) rows[i] = x[matrixA * m * k + i]! - zero;
    }
    for (let column = 0; column < n; column++) {
      const zero = zerosB ? zerosB[placeOf(node, b.zero!, n, matrixB, column)]! : 0;
      for (let i = column; i < k * n; i += n) columns[i] = y[matrixB * k * n + i]! - zero;
    }
    for (let first = 0; first < k; first += EXACT_PRODUCTS) {
      const depth = Math.min(EXACT_PRODUCTS, k - first);
      const [from, by] = [left.address + 4 * first, right.address + 4 * first * n];
      context.kernels.gemm(m, n, depth, from, k, 0, by, n, 0, part.address, n, 0, scratch.address);
      addTo(to, product * m * n, sums);
    }
  });
  return output;
}

function addTo(to: Int32Array, start: number, x: Float32Array): void {
  for (let i = 0; i < x.length; i++) to[start + i] = to[start + i]! + x[i]!;
}

/** Where among scales or zero points that of a line (row or column) of a matrix of a stack is. @throws RangeError naming the node */
function placeOf(node: Node, { size, shape }: Value, lines: number, matrix: number, line: number): number {
  if (size === 1) return 0;
  const place = size === lines ? line : matrix * lines + line;
  if (size % lines === 0 && place < size) return place;
  throw misfit(node, `expected one scale or zero point, or one a row or column, got shape [${shape}]`);
}
