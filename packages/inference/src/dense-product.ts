import { elementCount } from "@deep-compression/bits";
import type { Node } from "@deep-compression/network";
import { type ElementArray, isBigArray } from "./element-arrays";
import { gemmScratch } from "./heap-kernels";
import { matrixStacks } from "./matrix-stacks";
import type { Context } from "./operation";
import type { Value } from "./value";

/** The sizes of a matrix product C [rows x columns] = op(A) op(B), and which operands are stored transposed. */
export interface ProductSizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** A matrix, and the element of its value that it begins with. */
interface Matrix {
  readonly value: Value;
  readonly first: number;
}

/** C = op(A) op(B) of one type; of float32 by the kernel, else one element after the other. */
export function multiplyDense(
  context: Context,
  sizes: ProductSizes,
  operands: { readonly a: Matrix; readonly b: Matrix; readonly c: Matrix; readonly scratch: Value | undefined },
): void {
  const { a, b, c, scratch } = operands;
  const { rows, columns, depth, transposeA, transposeB } = sizes;
  if (scratch === undefined || depth === 0) {
    multiplyPlain(sizes, operands);
    return;
  }
  const at = ({ value, first }: Matrix) => value.address + 4 * first;
  const [lda, ldb] = [transposeA ? rows : depth, transposeB ? depth : columns];
  const [turnedA, turnedB] = [Number(transposeA), Number(transposeB)];
  context.kernels.gemm(
    rows,
    columns,
    depth,
    at(a),
    lda,
    turnedA,
    at(b),
    ldb,
    turnedB,
    at(c),
    columns,
    0,
    scratch.address,
  );
}

/** Room that `multiplyDense` needs for products of floats held as float32; undefined for other types. */
export function denseScratch(context: Context, { type }: Value, { rows, columns }: ProductSizes): Value | undefined {
  const isFloat32 = type === "float32" || type === "float16" || type === "bfloat16";
  return isFloat32 ? context.output("uint8", [gemmScratch(rows, columns, context.team.threads)]) : undefined;
}

function multiplyPlain(
  { rows, columns, depth, transposeA, transposeB }: ProductSizes,
  { a, b, c }: { readonly a: Matrix; readonly b: Matrix; readonly c: Matrix },
): void {
  const [rowA, stepA] = transposeA ? [1, rows] : [depth, 1];
  const [stepB, columnB] = transposeB ? [1, depth] : [columns, 1];
  const [x, y, to] = [a.value.data, b.value.data, c.value.data];
  const multiply = multiplicationOf(x);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [sum, i, j] = [isBigArray(x) ? 0n : 0, a.first + row * rowA, b.first + column * columnB];
      for (let k = 0; k < depth; k++, i += stepA, j += stepB)
        sum = (sum as number) + multiply(x[i] as never, y[j] as never);
      to[c.first + row * columns + column] = sum as never;
    }
  }
}

/** How two elements are multiplied so that integers wrap around exactly. */
function multiplicationOf(data: ElementArray): (a: never, b: never) => number {
  const isWhole = !isBigArray(data) && !(data instanceof Float64Array || data instanceof Float32Array);
  return isWhole ? Math.imul : (a: number, b: number) => a * b;
}

/** A product of stacks of matrices, as numpy's matmul has it. */
export interface Stacks {
  readonly shape: readonly number[];
  /** Of one product. */
  readonly sizes: ProductSizes;
  /** Calls `visit` with the first elements of each product's matrices. */
  each(visit: (c: number, a: number, b: number) => void): void;
}

/** What numpy's matmul makes of two shapes; an operand of rank 1 is a row on the left, a column on the right. @throws RangeError */
export function stacksOf(node: Node, shapeA: readonly number[], shapeB: readonly number[]): Stacks {
  const { shape, stack, m, n, k, each } = matrixStacks(node, shapeA, shapeB);
  const sizes = { rows: m, columns: n, depth: k, transposeA: false, transposeB: false };
  if (shapeB.slice(0, -2).every((size) => size === 1)) {
    // One matrix on the right: all rows of the left are one matrix.
    return { shape, sizes: { ...sizes, rows: elementCount(stack) * m }, each: (visit) => visit(0, 0, 0) };
  }
  return { shape, sizes, each: (visit) => each((c, a, b) => visit(c * m * n, a * m * k, b * k * n)) };
}
