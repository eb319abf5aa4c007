import { allocateCodes, type Codes } from "@deep-compression/bits";
import {
  calibrateLayer,
  choleskyFactor,
  type InverseFactor,
  idealBits,
  quadraticError,
  rateAwarePass,
} from "@deep-compression/calibration";
import { distributionOf, fitEntropyConstrained, withZero } from "@deep-compression/codebook";
import { codedBits, quantizeAtStep, stepAtLambda } from "@deep-compression/rate-control";

/** Matrices, one a group, whose elements share one codebook. */
export interface MatricesOptions {
  readonly rows: number;
  readonly columns: number;
  /** Second moments of each group's inputs. */
  readonly hessians: readonly Float64Array[];
  /** Their factors, damped, in the order of {@link orderOf}; undefined for those that are not positive definite. */
  readonly inverses: readonly (InverseFactor | undefined)[];
  /** What a squared error of each row's output is worth, group by group. */
  readonly curvature: Float64Array;
  /** What a bit is worth. */
  readonly lambda: number;
}

/** The order of columns that factors have: of one matrix by variance, of several as they are. */
export function orderOf({ groups }: { readonly groups: number }): "given" | "variance" {
  return groups === 1 ? "variance" : "given";
}

/** Weights that share values, in the order of the groups and their rows. */
export interface SharedMatrices {
  readonly codes: Codes;
  readonly centroids: Float32Array;
  readonly bits: number;
  readonly method: "compensated" | "separate" | "data-free";
  /** Whether the centroids are multiples of one step, of which they must stay. */
  readonly isGrid?: boolean;
}

/** As {@link calibrateLayer}, for weights in groups of which each has inputs of its own. @param targets group by group, row by row */
export function calibrateMatrices(targets: Float64Array, options: MatricesOptions): SharedMatrices {
  const { rows, columns, hessians, inverses, curvature, lambda } = options;
  const [hessian, ...others] = hessians;
  if (hessian !== undefined && others.length === 0) {
    const [inverse] = inverses;
    return calibrateLayer(targets, { rows, columns, hessian, curvature, lambda, ...(inverse && { inverse }) });
  }
  const tried = [1, 1 / 2, 1 / 4].map((greed) => passes(targets, inverses, { ...options, greed }));
  const cost = (one: Costed) => one.error + lambda * one.bits;
  return tried.reduce((best, one) => (cost(one) < cost(best) ? one : best));
}

/**
 * The weights by themselves: each as important as the variance of all inputs and its row make it. Where lambda asks for more values than
 * a codebook is fitted with, they are rounded to a grid if that is better.
 */
export function dataFree(
  targets: Float64Array,
  {
    columns,
    importance,
    lambda,
  }: { readonly columns: number; readonly importance: Float64Array; readonly lambda: number },
): SharedMatrices {
  const perWeight = Float32Array.from(targets, (_, i) => importance[Math.floor(i / columns)]!);
  const { centroids, bits } = firstCodebook(targets, perWeight, lambda);
  const codes = nearestCodes(targets, perWeight, { centroids, bits, lambda });
  const fitted = { codes, centroids, bits: bitsOf(codes, centroids), method: "data-free" } as const;
  const gridded = onGrid(targets, { importance: meanOf(importance), lambda });
  if (gridded === undefined) return fitted;
  const cost = (one: SharedMatrices) => lambda * one.bits + separateError(targets, perWeight, one);
  return cost(gridded) < cost(fitted) ? gridded : fitted;
}

/** Values of a grid from which on it is tried: as many as a codebook is fitted with, whose values training can move one by one. */
const LEAST_OF_GRID = 256;
/** As many values as codes tell apart, less some for what lies at the ends. */
const MOST_OF_GRID = 65_000;
/** What a centroid of a grid takes: its code length, and whether it is there. */
const BITS_PER_MULTIPLE = 4;

/** Weights rounded to multiples of the step that goes with lambda, or the least that codes can tell apart; undefined where they are few. */
function onGrid(
  targets: Float64Array,
  { importance, lambda }: { readonly importance: number; readonly lambda: number },
): SharedMatrices | undefined {
  const range =
    targets.reduce((most, target) => Math.max(most, target), 0) - targets.reduce((a, b) => Math.min(a, b), 0);
  const step = Math.max(stepAtLambda(lambda / importance), range / MOST_OF_GRID);
  // Not with <, so that no weights and those that nothing depends on have none.
  if (!(range > LEAST_OF_GRID * step)) return undefined;
  const shared = quantizeAtStep(Float32Array.from(targets), step, { zeros: "auto" });
  if (shared === undefined) return undefined;
  const { codes, centroids } = shared;
  return { codes, centroids, bits: codedBits(shared, BITS_PER_MULTIPLE), method: "data-free", isGrid: true };
}

function separateError(
  targets: Float64Array,
  importance: Float32Array,
  { codes, centroids }: Pick<SharedMatrices, "codes" | "centroids">,
): number {
  return targets.reduce((sum, target, i) => sum + importance[i]! * (centroids[codes[i]!]! - target) ** 2, 0);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Costed extends SharedMatrices {
  readonly error: number;
}

const PASSES = 3;
const BITS_PER_CENTROID = 19;

type Factors = readonly (InverseFactor | undefined)[];

function passes(
  targets: Float64Array,
  factors: Factors,
  options: MatricesOptions & { readonly greed: number },
): Costed {
  const { rows, columns, curvature, lambda, greed } = options;
  const size = rows * columns;
  const weights = targets.slice();
  const importance = new Float32Array(targets.length);
  for (let i = 0; i < targets.length; i++) {
    const group = Math.floor(i / size);
    const column = i % columns;
    const inverse = factors[group];
    if (inverse?.dead[column] === 1) weights[i] = 0;
    importance[i] = curvature[Math.floor(i / columns)]! * diagonalOf(options, inverse, { group, column });
  }
  let { centroids, bits } = firstCodebook(weights, importance, lambda * greed);
  let best: Costed | undefined;
  for (let pass = 0; pass < PASSES; pass++) {
    const codes = allocateCodes(centroids.length, targets.length);
    for (const [group, inverse] of factors.entries()) {
      const [from, to] = [group * size, (group + 1) * size];
      const own = weights.subarray(from, to);
      const ofRows = curvature.subarray(group * rows, (group + 1) * rows);
      const prices = { centroids, bits, lambda: lambda * greed };
      const found =
        inverse === undefined
          ? nearestCodes(own, importance.subarray(from, to), prices)
          : rateAwarePass(own, { rows, columns, factor: inverse.factor, curvature: ofRows, ...prices });
      codes.set(found, from);
    }
    const refined = leastSquares(codes, weights, { ...options, centroids });
    const error = errorOf(codes, refined, { ...options, targets: weights });
    const one = { codes, centroids: refined, error, bits: bitsOf(codes, refined), method: "compensated" as const };
    if (best === undefined || error + lambda * one.bits < best.error + lambda * best.bits) best = one;
    centroids = refined;
    bits = idealBits(countsOf(codes, centroids.length));
  }
  return best!;
}

function diagonalOf(
  { hessians, columns }: MatricesOptions,
  inverse: InverseFactor | undefined,
  { group, column }: { readonly group: number; readonly column: number },
): number {
  const at = column * columns + column;
  return inverse === undefined ? hessians[group]![at]! : inverse.factor[at]! ** -2;
}

function firstCodebook(weights: Float64Array, importance: Float32Array, lambda: number) {
  const fit = fitEntropyConstrained(distributionOf(Float32Array.from(weights), { importance }), {
    lambda,
    zero: "symbol",
  });
  const centroids = withZero(fit.centroids);
  const counts = Uint32Array.from(centroids, (centroid) => fit.counts[fit.centroids.indexOf(centroid)] ?? 0);
  return { centroids, bits: idealBits(counts) };
}

interface Prices {
  readonly centroids: Float32Array;
  readonly bits: Float64Array;
  readonly lambda: number;
}

function nearestCodes(weights: Float64Array, importance: Float32Array, { centroids, bits, lambda }: Prices): Codes {
  const codes = allocateCodes(centroids.length, weights.length);
  const prices = bits.map((own) => lambda * own);
  for (let i = 0; i < weights.length; i++) {
    let least = Number.POSITIVE_INFINITY;
    for (let code = 0; code < centroids.length; code++) {
      const cost = importance[i]! * (weights[i]! - centroids[code]!) ** 2 + prices[code]!;
      if (cost < least) {
        least = cost;
        codes[i] = code;
      }
    }
  }
  return codes;
}

/** Centroids by least squares on the outputs of all groups; 0 stays. */
function leastSquares(
  codes: Codes,
  targets: Float64Array,
  { rows, columns, hessians, curvature, centroids }: MatricesOptions & { readonly centroids: Float32Array },
): Float32Array {
  const size = centroids.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const byCode = new Float64Array(size);
  for (let row = 0; row < hessians.length * rows; row++) {
    const hessian = hessians[Math.floor(row / rows)]!;
    const worth = curvature[row]!;
    for (let i = 0; i < columns; i++) {
      const code = codes[row * columns + i]!;
      byCode.fill(0);
      let product = 0;
      for (let j = 0; j < columns; j++) {
        const moment = hessian[i * columns + j]!;
        byCode[codes[row * columns + j]!]! += moment;
        product += moment * targets[row * columns + j]!;
      }
      for (let l = 0; l < size; l++) matrix[code * size + l]! += worth * byCode[l]!;
      right[code]! += worth * product;
    }
  }
  return solved(matrix, right, centroids);
}

const RIDGE = 1e-4;

function solved(matrix: Float64Array, right: Float64Array, centroids: Float32Array): Float32Array {
  const size = centroids.length;
  const free = [...centroids.keys()].filter((k) => centroids[k] !== 0 && matrix[k * size + k]! > 0);
  const part = new Float64Array(free.length ** 2);
  const x = new Float64Array(free.length);
  for (const [i, k] of free.entries()) {
    for (const [j, l] of free.entries()) part[i * free.length + j] = matrix[k * size + l]!;
    const ridge = RIDGE * matrix[k * size + k]!;
    part[i * free.length + i]! += ridge;
    x[i] = right[k]! + ridge * centroids[k]!;
  }
  const lower = choleskyFactor(part, free.length);
  const found = centroids.slice();
  if (lower === undefined) return found;
  const n = free.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) x[i]! -= lower[i * n + j]! * x[j]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i]! -= lower[j * n + i]! * x[j]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (const [i, k] of free.entries()) found[k] = x[i]!;
  return found;
}

function errorOf(
  codes: Codes,
  centroids: Float32Array,
  { rows, columns, hessians, curvature, targets }: MatricesOptions & { readonly targets: Float64Array },
): number {
  const size = rows * columns;
  const errors = Float64Array.from(targets, (target, i) => centroids[codes[i]!]! - target);
  return hessians.reduce((sum, hessian, group) => {
    const own = errors.subarray(group * size, (group + 1) * size);
    return (
      sum +
      quadraticError(own, { rows, columns, hessian, curvature: curvature.subarray(group * rows, (group + 1) * rows) })
    );
  }, 0);
}

function bitsOf(codes: Codes, centroids: Float32Array): number {
  const counts = countsOf(codes, centroids.length);
  const perCode = idealBits(counts);
  const used = counts.filter((count) => count > 0).length;
  return (
    counts.reduce((sum, count, k) => (count === 0 ? sum : sum + count * perCode[k]!), 0) + BITS_PER_CENTROID * used
  );
}

function countsOf(codes: Codes, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
  return counts;
}
