import type { Codes } from "@deep-compression/bits";
import { choleskyFactor } from "./cholesky";
import { timesHessian } from "./damped-hessian";
import { type NormalEquations, normalEquations } from "./normal-equations";
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
 * rows x p columns^2 / 2 additions, where p of the weights are not 0, and W H rows x columns^2 multiplications. (k-means takes
 * each weight by itself; here errors of weights may cancel out.)
 *
 * @param codes one a weight, rows x columns
 * @param targets the weights to come close to
 * @returns as many centroids, in float32, in the order of the codes: they may ascend no more
 */
export function leastSquaresCentroids(codes: Codes, targets: Float64Array, options: CentroidOptions): Float32Array {
  const products = timesHessian(targets, options, { hessian: options.hessian });
  return solvedCentroids(normalEquations(codes, { ...options, products }), options.centroids);
}

/** The centroids that solve the equations, held a little to what they were. */
export function solvedCentroids({ matrix, right }: NormalEquations, centroids: Float32Array): Float32Array {
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

/** What the squared error is for some centroids more than for none, W H W^T: c A c^T - 2 b c^T. */
export function errorOfCentroids({ matrix, right }: NormalEquations, centroids: Float32Array): number {
  const size = centroids.length;
  let sum = 0;
  for (let k = 0; k < size; k++) {
    let product = -2 * right[k]!;
    for (let l = 0; l < size; l++) product += matrix[k * size + l]! * centroids[l]!;
    sum += centroids[k]! * product;
  }
  return sum;
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
