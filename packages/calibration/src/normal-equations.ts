import type { Codes } from "@deep-compression/bits";
import { NO_CODE, pairSums } from "@deep-compression/kernels";
import type { DampedHessian } from "./damped-hessian";
import type { LayerShape } from "./rate-aware-pass";

/** A c = b of the centroids c that codes stand for: A_kl sums g s^2 H_ij over pairs of weights of the codes k and l, and b_k sums g s (W H)_rj. */
export interface NormalEquations {
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

export interface EquationOptions extends LayerShape, DampedHessian {
  /** The centroids: codes of 0 are left out. */
  readonly centroids: Float32Array;
  /** W H of the weights W that are to be come close to. */
  readonly products: Float64Array;
  readonly curvature?: Float64Array;
  readonly scales?: Float32Array;
}

/**
 * The normal equations, of the weights whose centroids are not 0 only: of p of the weights they take rows p columns^2 / 2 additions, and
 * rows p columns size more.
 */
export function normalEquations(codes: Codes, options: EquationOptions): NormalEquations {
  const { rows, columns, hessian, extra, products, centroids } = options;
  const size = centroids.length;
  const kept = keptCodes(codes, options);
  const scaleOf = (row: number) => options.scales?.[row] ?? 1;
  const curvatureOf = (row: number) => options.curvature?.[row] ?? 1;
  const worths = Float64Array.from({ length: rows }, (_, row) => curvatureOf(row) * scaleOf(row) ** 2);
  const matrix = pairSums(kept, hessian, { columns, size, worths });
  const right = new Float64Array(size);
  for (let row = 0, at = 0; row < rows; row++) {
    const worth = curvatureOf(row) * scaleOf(row);
    for (let j = 0; j < columns; j++, at++) {
      const code = codes[at]!;
      right[code]! += worth * products[at]!;
      if (extra !== undefined && centroids[code] !== 0) matrix[code * size + code]! += worths[row]! * extra[j]!;
    }
  }
  return { matrix, right };
}

/** Codes without those of 0, and of columns of which nothing but their `extra` counts. */
function keptCodes(codes: Codes, { columns, centroids, dead }: EquationOptions): Uint16Array {
  const kept = Uint16Array.from(codes);
  for (let at = 0; at < kept.length; at++) {
    if (centroids[kept[at]!] === 0 || dead?.[at % columns] === 1) kept[at] = NO_CODE;
  }
  return kept;
}
