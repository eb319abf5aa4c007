import { dampedError } from "./damped-hessian";
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
  return dampedError(errors, options, { hessian: options.hessian });
}
