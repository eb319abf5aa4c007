import type { LayerShape } from "./rate-aware-pass";

export interface QuadraticOptions extends LayerShape {
  /** Second moments of the inputs, columns x columns, symmetric: `products` of {@link crossMoments}. */
  readonly hessian: Float64Array;
  /** What a squared error of each row's output is worth; default 1 for each. */
  readonly curvature?: Float64Array;
}

/**
 * The squared error that a layer's outputs have, summed over the inputs from which the Hessian comes, if its weights are off by so
 * much: the sum over rows of g_r d_r H d_r^T.
 */
export function quadraticError(errors: Float64Array, options: QuadraticOptions): number {
  const { rows, columns, hessian, curvature } = options;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const own = errors.subarray(row * columns, (row + 1) * columns);
    let ofRow = 0;
    for (let i = 0; i < columns; i++) {
      const error = own[i]!;
      if (error === 0) continue;
      let product = 0;
      for (let j = 0, at = i * columns; j < columns; j++, at++) product += hessian[at]! * own[j]!;
      ofRow += error * product;
    }
    sum += (curvature?.[row] ?? 1) * ofRow;
  }
  return sum;
}
