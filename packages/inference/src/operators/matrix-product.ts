import { floatAttribute, intAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { denseScratch, multiplyDense, type ProductSizes, stacksOf } from "../dense-product";
import { GROUPED_LAYOUT } from "../grouped-layout";
import type { KernelModule } from "../heap-kernels";
import { CODED_COLUMNS, GROUPED_PRODUCT, PRODUCT } from "../kernels.generated";
import { FASTER_LAYOUT } from "../layout-choice";
import { type Inputs, type Operation, type Operator, required, type Site, withKernels } from "../operation";
import type { Layouts } from "../sparse-layout";
import type { SparseProduct, Vectors } from "../sparse-product";
import { assertType, sparseOperand } from "../sparse-weight";
import type { Value } from "../value";
import { checkKind, checkSameType, NUMBERS } from "./element-kinds";

/** MatMul: numpy's matmul, of stacks of matrices that broadcast. A matrix in codes is multiplied as it is stored. */
export const matMul = /* @__PURE__ */ withKernels([PRODUCT, GROUPED_PRODUCT, CODED_COLUMNS], (site) => {
  const layouts = FASTER_LAYOUT;
  const right =
    site.stored(0) === undefined ? sparseOperand(site, { index: 1, outputs: "columns", layouts }) : undefined;
  if (right !== undefined) return sparseMatMul(site, { product: right, weight: 1 });
  const left = site.stored(1) === undefined ? sparseOperand(site, { index: 0, outputs: "rows", layouts }) : undefined;
  return left === undefined ? denseMatMul(site) : sparseMatMul(site, { product: left, weight: 0 });
});

function denseMatMul({ node }: Site): Operation {
  return {
    run(inputs, context) {
      const [a, b] = operands(node, inputs);
      const { shape, sizes, each } = stacksOf(node, a.shape, b.shape);
      const output = context.output(a.type, shape);
      const scratch = denseScratch(context, a, sizes);
      each((c, i, j) => {
        const matrices = {
          a: { value: a, first: i },
          b: { value: b, first: j },
          c: { value: output, first: c },
          scratch,
        };
        multiplyDense(context, sizes, matrices);
      });
      return [output];
    },
  };
}

interface SparseSide {
  readonly product: SparseProduct;
  /** Which input the sparse matrix is. */
  readonly weight: 0 | 1;
}

function sparseMatMul({ node, stored }: Site, { product, weight }: SparseSide): Operation {
  const type = stored(weight)?.type ?? "float32";
  const shapeOfWeight = stored(weight)!.shape;
  return {
    consumed: [weight],
    layouts: [{ weight: node.inputs[weight]!, ...product.layout }],
    run(inputs, context) {
      const x = required(node, inputs, 1 - weight);
      assertType(node, x, type);
      const shapes = weight === 1 ? [x.shape, shapeOfWeight] : [shapeOfWeight, x.shape];
      const { shape, sizes, each } = stacksOf(node, shapes[0]!, shapes[1]!);
      const output = context.output(type, shape);
      const { rows, columns, depth } = sizes;
      each((c, i, j) => {
        const call =
          weight === 1
            ? { count: rows, x: rowsOf(x, i, depth), y: rowsOf(output, c, columns), scale: 1 }
            : { count: columns, x: columnsOf(x, j, columns), y: columnsOf(output, c, columns), scale: 1 };
        product.multiply(context, call);
      });
      return [output];
    },
  };
}

/** The rows of a matrix, and its columns, as vectors. */
const rowsOf = (value: Value, first: number, length: number): Vectors => ({ value, first, step: length, stride: 1 });
const columnsOf = (value: Value, first: number, count: number): Vectors => ({ value, first, step: 1, stride: count });

/** Gemm: alpha op(A) op(B) + beta C, where C broadcasts to the product. A matrix B in codes is multiplied as it is stored. */
export const gemm = /* @__PURE__ */ gemmOf(FASTER_LAYOUT, [PRODUCT, GROUPED_PRODUCT, CODED_COLUMNS]);

/**
 * Gemm whose sparse matrices are all grouped by code, whatever their inputs turn out to be. With so many centroids that hardly any weights
 * share one, a matrix is dense.
 */
export const groupedGemm = /* @__PURE__ */ gemmOf(GROUPED_LAYOUT, [PRODUCT, GROUPED_PRODUCT]);

function gemmOf(layouts: Layouts, kernels: readonly KernelModule[]): Operator {
  return withKernels(kernels, (site) => prepareGemm(site, layouts));
}

function prepareGemm(site: Site, layouts: Layouts): Operation {
  const { node, stored } = site;
  const turns = gemmTurns(node);
  const [alpha, beta] = [floatAttribute(node, "alpha", 1), floatAttribute(node, "beta", 1)];
  const outputs = turns.transposeB ? "rows" : "columns";
  const product = stored(0) === undefined ? sparseOperand(site, { index: 1, outputs, layouts }) : undefined;
  if (product === undefined) return denseGemm(node, { ...turns, alpha, beta });
  const type = stored(1)?.type ?? "float32";
  const shapeOfB = stored(1)!.shape;
  return {
    consumed: [1],
    layouts: [{ weight: node.inputs[1]!, ...product.layout }],
    run(inputs, context) {
      const a = required(node, inputs, 0);
      assertType(node, a, type);
      const { rows, columns, depth } = gemmSizes(node, [a.shape, shapeOfB], turns);
      const output = context.output(type, [rows, columns]);
      const x = turns.transposeA ? columnsOf(a, 0, rows) : rowsOf(a, 0, depth);
      product.multiply(context, { count: rows, x, y: rowsOf(output, 0, columns), scale: alpha });
      addScaled(node, output, { alpha: 1, beta, c: inputs[2] });
      return [output];
    },
  };
}

interface GemmOptions extends Pick<ProductSizes, "transposeA" | "transposeB"> {
  readonly alpha: number;
  readonly beta: number;
}

function denseGemm(node: Node, options: GemmOptions): Operation {
  const { alpha, beta } = options;
  return {
    run(inputs, context) {
      const [a, b] = operands(node, inputs);
      const sizes = gemmSizes(node, [a.shape, b.shape], options);
      const output = context.output(a.type, [sizes.rows, sizes.columns]);
      const scratch = denseScratch(context, a, sizes);
      const [first, c] = [0, { value: output, first: 0 }];
      multiplyDense(context, sizes, { a: { value: a, first }, b: { value: b, first }, c, scratch });
      addScaled(node, output, { alpha, beta, c: inputs[2] });
      return [output];
    },
  };
}

function operands(node: Node, inputs: Inputs): [Value, Value] {
  const [a, b] = [required(node, inputs, 0), required(node, inputs, 1)];
  checkKind(node, a, NUMBERS);
  checkSameType(node, a, b);
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
  if (c === undefined) {
    for (let i = 0; alpha !== 1 && i < to.length; i++) to[i] = scaled(to[i]!, alpha) as never;
    return;
  }
  checkSameType(node, output, c);
  const [columns, rows] = output.shape.toReversed() as [number, number];
  const [width = 1, height = 1] = c.shape.toReversed();
  const fits = (width === 1 || width === columns) && (height === 1 || height === rows);
  if (c.shape.length > 2 || !fits)
    throw misfit(node, `C of shape ${shapeText(c.shape)} does not broadcast to ${shapeText(output.shape)}`);
  const from = c.data;
  const [step, next] = [width === 1 ? 0 : 1, height === 1 ? 0 : width];
  for (let row = 0, at = 0; row < rows; row++)
    for (let k = 0, i = row * next; k < columns; k++, at++, i += step)
      to[at] = ((scaled(to[at]!, alpha) as number) + (scaled(from[i]!, beta) as number)) as never;
}

/** An element times a factor; of a bigint what is left of the point. */
function scaled(element: number | bigint, factor: number): number | bigint {
  if (factor === 1) return element;
  return typeof element === "bigint" ? BigInt(Math.trunc(factor * Number(element))) : factor * element;
}
