import { floatAttribute, intAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { broadcastShape, broadcastStrides, walk } from "../broadcast";
import { assertSameType, denseScratch, multiplyDense, type ProductSizes, stacksOf } from "../dense-product";
import { isBigArray } from "../element-arrays";
import { type Inputs, type Operator, required } from "../operation";
import type { Value } from "../value";

/** MatMul: numpy's matmul, of stacks of matrices that broadcast. */
export const matMul: Operator = ({ node }) => ({
  run(inputs, context) {
    const [a, b] = operands(node, inputs);
    const { shape, sizes, each } = stacksOf(node, a.shape, b.shape);
    const output = context.output(a.type, shape);
    const scratch = denseScratch(context, a, sizes);
    each((c, i, j) => {
      const matrices = { a: { value: a, first: i }, b: { value: b, first: j }, c: { value: output, first: c } };
      multiplyDense(context, sizes, { ...matrices, ...(scratch && { scratch }) });
    });
    return [output];
  },
});

/** Gemm: alpha op(A) op(B) + beta C, where C broadcasts to the product. */
export const gemm: Operator = ({ node }) => {
  const turns = gemmTurns(node);
  const [alpha, beta] = [floatAttribute(node, "alpha", 1), floatAttribute(node, "beta", 1)];
  return {
    run(inputs, context) {
      const [a, b] = operands(node, inputs);
      const sizes = gemmSizes(node, [a.shape, b.shape], turns);
      const output = context.output(a.type, [sizes.rows, sizes.columns]);
      const scratch = denseScratch(context, a, sizes);
      const matrices = { a: { value: a, first: 0 }, b: { value: b, first: 0 }, c: { value: output, first: 0 } };
      multiplyDense(context, sizes, { ...matrices, ...(scratch && { scratch }) });
      addScaled(node, output, { alpha, beta, c: inputs[2] });
      return [output];
    },
  };
};

function operands(node: Node, inputs: Inputs): [Value, Value] {
  const [a, b] = [required(node, inputs, 0), required(node, inputs, 1)];
  assertSameType(node, a, b);
  return [a, b];
}

function gemmTurns(node: Node): Pick<ProductSizes, "transposeA" | "transposeB"> {
  return {
    transposeA: intAttribute(node, "transA", 0) !== 0,
    transposeB: intAttribute(node, "transB", 0) !== 0,
  };
}

function gemmSizes(
  node: Node,
  [a, b]: readonly [readonly number[], readonly number[]],
  { transposeA, transposeB }: Pick<ProductSizes, "transposeA" | "transposeB">,
): ProductSizes {
  const [rows, depth] = transposeA ? a.toReversed() : a;
  const [depthB, columns] = transposeB ? b.toReversed() : b;
  if (a.length === 2 && b.length === 2 && depth === depthB)
    return { rows: rows!, columns: columns!, depth: depth!, transposeA, transposeB };
  throw misfit(node, `expected matrices that fit, got shapes ${shapeText(a)} and ${shapeText(b)}`);
}

/** output = alpha output + beta C. */
function addScaled(
  node: Node,
  output: Value,
  { alpha, beta, c }: { readonly alpha: number; readonly beta: number; readonly c: Value | undefined },
): void {
  const to = output.data;
  if (c === undefined && alpha === 1) return;
  if (c !== undefined) {
    assertSameType(node, output, c);
    const shape = broadcastShape(node, [output.shape, c.shape]);
    if (c.shape.length > 2 || shape.some((size, axis) => size !== output.shape[axis]))
      throw misfit(node, `C of shape ${shapeText(c.shape)} does not broadcast to ${shapeText(output.shape)}`);
  }
  const scaled = scaling(output, alpha);
  if (c === undefined) {
    for (let i = 0; i < to.length; i++) to[i] = scaled(to[i]!) as never;
    return;
  }
  const from = c.data;
  const scaledC = scaling(c, beta);
  const path = walk(output.shape, [broadcastStrides(c.shape, output.shape)]);
  const [step] = path.steps as [number];
  path.each((at, [start]) => {
    for (let k = 0; k < path.length; k++)
      to[at + k] = ((scaled(to[at + k]!) as number) + (scaledC(from[start! + k * step]!) as number)) as never;
  });
}

/** A factor on an element; on integers it cuts off what is no integer. */
function scaling({ data }: Value, factor: number): (element: number | bigint) => number | bigint {
  if (factor === 1) return (element) => element;
  if (isBigArray(data)) return (element) => BigInt(Math.trunc(factor * Number(element)));
  return (element) => factor * (element as number);
}
