import type { Codes } from "@deep-compression/bits";
import { choleskyFactor } from "./cholesky";
import type { QuadraticOptions } from "./quadratic-error";

export interface CentroidOptions extends QuadraticOptions {
  /** Those that the codes mean now, ascending; where nothing tells of one it stays as it is, and 0 always does. */
  readonly centroids: Float32Array;
  /** What the centroids of each row are multiplied by; default 1 for each. */
  readonly scales?: Float32Array;
}

/** How much the centroids are held to what they were, as a fraction of what their own codes tell of each. */
const RIDGE = 1e-4;

/**
 * The centroids for which the layer's outputs are closest to those of the target weights W, the codes being what they are: those
 * that make the sum over rows of g_r (s_r c[k_r] - w_r) H (s_r c[k_r] - w_r)^T least, with 0 pinned. The normal equations take
 * rows x columns^2 additions. (k-means takes each weight by itself; here errors of weights may cancel out.)
 *
 * @param codes one a weight, rows x columns
 * @param targets the weights to come close to
 * @returns as many centroids, in float32, in the order of the codes: they may ascend no more
 */
export function leastSquaresCentroids(codes: Codes, targets: Float64Array, options: CentroidOptions): Float32Array {
  const { centroids } = options;
  const { matrix, right } = normalEquations(codes, targets, options);
  const size = centroids.length;
  const free = [...centroids.keys()].filter((k) => centroids[k] !== 0 && matrix[k * size + k]! > 0);
  const part = new Float64Array(free.length ** 2);
  const known = new Float64Array(free.length);
  for (const [i, k] of free.entries()) {
    for (const [j, l] of free.entries()) part[i * free.length + j] = matrix[k * size + l]!;
    const ridge = RIDGE * matrix[k * size + k]!;
    part[i * free.length + i]! += ridge;
    known[i] = right[k]! + ridge * centroids[k]!;
  }
  const solved = solve(part, known);
  const found = centroids.slice();
  if (solved !== undefined) for (const [i, k] of free.entries()) found[k] = solved[i]!;
  return found;
}

/** A c = b of the centroids c: A_kl sums g s^2 H_ij over pairs of weights of the codes k and l, and b_k sums g s (W H)_rj. */
function normalEquations(
  codes: Codes,
  targets: Float64Array,
  options: CentroidOptions,
): { readonly matrix: Float64Array; readonly right: Float64Array } {
  const { rows, columns, hessian, curvature, scales, centroids } = options;
  const size = centroids.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const byCode = new Float64Array(size);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const worth = curvature?.[row] ?? 1;
    const scale = scales?.[row] ?? 1;
    for (let i = 0; i < columns; i++) {
      const code = codes[start + i]!;
      if (centroids[code] === 0) continue;
      byCode.fill(0);
      let product = 0;
      for (let j = 0, at = i * columns; j < columns; j++, at++) {
        const moment = hessian[at]!;
        byCode[codes[start + j]!]! += moment;
        product += moment * targets[start + j]!;
      }
      for (let l = 0; l < size; l++) matrix[code * size + l]! += worth * scale * scale * byCode[l]!;
      right[code]! += worth * scale * product;
    }
  }
  return { matrix, right };
}

/** x of A x = b, with A symmetric positive definite; undefined if it is not. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const size = right.length;
  const lower = choleskyFactor(matrix, size);
  if (lower === undefined) return undefined;
  const solution = right.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) solution[i]! -= lower[i * size + j]! * solution[j]!;
    solution[i]! /= lower[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) solution[i]! -= lower[j * size + i]! * solution[j]!;
    solution[i]! /= lower[i * size + i]!;
  }
  return solution;
}
