import { addProduct } from "@deep-compression/kernels";
import type { LayerShape } from "./rate-aware-pass";

/** A Hessian that is damped, without a copy of it. */
export interface DampedHessian {
  /** Second moments of the inputs, columns x columns, symmetric. */
  readonly hessian: Float64Array;
  /** What counts for each column besides: added to its element of the diagonal. Default 0 for each. */
  readonly extra?: Float64Array;
  /** 1 for each column of which nothing but its `extra` counts. Default: none. */
  readonly dead?: Uint8Array;
}

/** Rows of a product that is not kept. */
const ROWS = 256;

/** W H, rows x columns. */
export function timesHessian(weights: Float64Array, shape: LayerShape, damped: DampedHessian): Float64Array {
  const { rows, columns } = shape;
  const { hessian, extra, dead } = damped;
  const live = dead === undefined ? weights : weights.map((weight, i) => (dead[i % columns] === 1 ? 0 : weight));
  const products = new Float64Array(rows * columns);
  const part = (values: Float64Array) => ({ values, start: 0, stride: columns });
  addProduct(part(products), part(live), part(hessian), { rows, columns, depth: columns });
  if (extra === undefined && dead === undefined) return products;
  for (let i = 0; i < products.length; i++) {
    const column = i % columns;
    products[i] = (dead?.[column] === 1 ? 0 : products[i]!) + (extra?.[column] ?? 0) * weights[i]!;
  }
  return products;
}

/** The sum over rows of g_r d_r H d_r^T. */
export function dampedError(
  errors: Float64Array,
  { rows, columns, curvature }: LayerShape & { readonly curvature?: Float64Array | undefined },
  damped: DampedHessian,
): number {
  let sum = 0;
  for (let first = 0; first < rows; first += ROWS) {
    const count = Math.min(ROWS, rows - first);
    const own = errors.subarray(first * columns, (first + count) * columns);
    const products = timesHessian(own, { rows: count, columns }, damped);
    for (let row = 0, at = 0; row < count; row++) {
      let ofRow = 0;
      for (let j = 0; j < columns; j++, at++) ofRow += own[at]! * products[at]!;
      sum += (curvature?.[first + row] ?? 1) * ofRow;
    }
  }
  return sum;
}
