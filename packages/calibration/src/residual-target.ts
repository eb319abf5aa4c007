import type { InverseFactor } from "./inverse-factor";
import type { LayerShape } from "./rate-aware-pass";

export interface TargetOptions extends LayerShape {
  /** Second moments of the inputs that the layer really gets, those of the compressed network. */
  readonly hessian: Float64Array;
  /** Second moments of the dense network's inputs (left) and those of the compressed one (right): columns x columns. */
  readonly cross: Float64Array;
  /** Of that matrix `hessian`, in the order of the columns. */
  readonly inverse: InverseFactor;
  /**
   * Second moments of what is added to the outputs later on, that of the dense network less that of the compressed one (left), and
   * the inputs (right): rows x columns. Default: nothing is.
   */
  readonly skip?: Float64Array;
}

/**
 * The weights that give the dense network's outputs from the compressed network's inputs, as nearly as weights can, held to what
 * they are by the damping d of the inverse: W* = W + (W (G - H) + S) (H + d I)^-1, where G are the moments of both inputs and S
 * those of the difference of the skip connection. So a layer makes up for the errors of those before it.
 *
 * @returns rows x columns
 */
export function residualTarget(weights: Float64Array, options: TargetOptions): Float64Array {
  const { rows, columns, hessian, cross, inverse, skip } = options;
  const { factor } = inverse;
  const target = weights.slice();
  const residual = new Float64Array(columns);
  const turned = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const own = target.subarray(row * columns, (row + 1) * columns);
    if (skip === undefined) residual.fill(0);
    else residual.set(skip.subarray(row * columns, (row + 1) * columns));
    for (let i = 0; i < columns; i++) {
      const weight = own[i]!;
      if (weight === 0) continue;
      for (let j = 0, at = i * columns; j < columns; j++, at++) residual[j]! += weight * (cross[at]! - hessian[at]!);
    }
    // Times H^-1 = U^T U: first the rows of U, then its columns.
    for (let i = 0; i < columns; i++) {
      let sum = 0;
      for (let j = i, at = i * columns + i; j < columns; j++, at++) sum += factor[at]! * residual[j]!;
      turned[i] = inverse.dead[i] === 1 ? 0 : sum;
    }
    for (let i = 0; i < columns; i++) {
      const amount = turned[i]!;
      if (amount === 0) continue;
      for (let j = i, at = i * columns + i; j < columns; j++, at++) own[j]! += amount * factor[at]!;
    }
  }
  return target;
}
