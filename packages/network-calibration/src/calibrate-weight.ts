import { fromFloat16, toFloat16 } from "@deep-compression/bits";
import { biasCorrection, type InverseFactor, inverseFactor, quadraticError } from "@deep-compression/calibration";
import { calibrateMatrices, dataFree, orderOf, type SharedMatrices } from "./calibrate-matrices";
import { type HeldOutGroup, heldOutErrors } from "./held-out";
import type { WeightMatrices } from "./layer";
import type { InputStatistics } from "./layer-statistics";

/** A weight of a layer with what is known of its inputs. */
export interface WeightProblem {
  readonly layer: Pick<WeightMatrices, "groups" | "rows" | "columns">;
  /** The dense weights, group by group and row by row. */
  readonly weights: Float64Array;
  /** Those that the outputs had best be made by. */
  readonly targets: Float64Array;
  readonly statistics: readonly InputStatistics[];
  readonly inverses: readonly (InverseFactor | undefined)[];
  /** What each group's outputs lack on average even by the dense weights; undefined: nothing. */
  readonly lackingMeans: readonly (Float64Array | undefined)[];
  /** What a squared error of each row's outputs is worth, summed over the inputs of the statistics. */
  readonly curvature: Float64Array;
  /** Inputs that the statistics have not seen, of each group. */
  readonly heldOut: readonly HeldOutGroup[];
  readonly lambda: number;
  readonly damping: number;
}

export interface CalibratedWeight {
  /** Group by group and row by row. */
  readonly values: Float64Array;
  /** What the outputs lack on average, a number a row. */
  readonly correction: Float64Array;
  readonly method: SharedMatrices["method"];
  readonly bits: number;
  /** Of the outputs on inputs held out, or else those of the statistics: their squared errors times what they are worth. */
  readonly error: number;
}

/**
 * The best of several ways to make a weight's elements share values, by the error of its outputs, on inputs held out where there
 * are any, and by its bits:
 * with errors that make up for each other, and by the weights alone; centroids rounded to float16 where that pays.
 */
export function calibrateWeight(problem: WeightProblem): CalibratedWeight {
  const { layer, statistics, inverses, curvature, lambda, damping, weights, targets } = problem;
  const { rows, columns } = layer;
  const hessians = statistics.map(({ hessian }) => hessian);
  const importance = curvature.map((own, row) => own * meanVariance(hessians[Math.floor(row / rows)]!, columns));
  const options = { rows, columns, hessians, inverses, curvature, lambda };
  const tried = (one: SharedMatrices) => measured(withHalfCentroids(one, lambda), problem);
  const cost = (one: CalibratedWeight) => one.error + lambda * one.bits;
  const compensated = tried(calibrateMatrices(targets, options));
  const free = tried(dataFree(weights, { columns, importance, lambda }));
  if (cost(compensated) <= cost(free)) return compensated;
  // What the inputs tell does not hold for others: perhaps because of the targets, which are fitted to them twice.
  const more = { damping: CAUTION * damping, order: orderOf(layer) };
  const damped = hessians.map((hessian) => inverseFactor(hessian, columns, more));
  const cautious = tried(calibrateMatrices(weights, { ...options, inverses: damped }));
  return cost(cautious) <= cost(free) ? cautious : free;
}

/** As many times the damping where the inputs are too few. */
const CAUTION = 10;

/** What a centroid takes more in float32, and the relative error of float16. */
const [MORE_BITS, HALF_ERROR] = [16, 2 ** -24];

/** Centroids rounded to float16, which bits are counted for; in float32 where lambda is so small that these pay, or they are of a grid. */
function withHalfCentroids(shared: SharedMatrices, lambda: number): SharedMatrices {
  if (shared.isGrid) return shared;
  const more = MORE_BITS * shared.centroids.length;
  if (lambda * more < HALF_ERROR) return { ...shared, bits: shared.bits + more };
  return { ...shared, centroids: shared.centroids.map((centroid) => fromFloat16(toFloat16(centroid))) };
}

function meanVariance(hessian: Float64Array, columns: number): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) sum += hessian[i * columns + i]!;
  return sum / columns;
}

function measured(shared: SharedMatrices, problem: WeightProblem): CalibratedWeight {
  const { codes, centroids, bits, method } = shared;
  const values = Float64Array.from(codes, (code) => centroids[code]!);
  const correction = correctionOf(values, problem);
  const isHeldOut = problem.heldOut.some(({ count }) => count > 0);
  const error = isHeldOut ? heldOutError(values, correction, problem) : ownError(values, problem);
  return { values, correction, bits, method, error };
}

/** What is to be added to biases so that the outputs, a skip's difference included, keep their means. */
export function correctionOf(
  values: Float64Array,
  {
    layer,
    weights,
    statistics,
    lackingMeans,
  }: Pick<WeightProblem, "layer" | "weights" | "statistics" | "lackingMeans">,
): Float64Array {
  const { rows, columns, groups } = layer;
  const size = rows * columns;
  const correction = new Float64Array(groups * rows);
  for (const [group, { means }] of statistics.entries()) {
    const [dense, compressed] = [weights, values].map((one) => one.subarray(group * size, (group + 1) * size));
    const own = biasCorrection(dense!, compressed!, { rows, columns, denseMeans: means, compressedMeans: means });
    for (let row = 0; row < rows; row++) correction[group * rows + row] = own[row]! + (lackingMeans[group]?.[row] ?? 0);
  }
  return correction;
}

/** As if there were as many inputs as the statistics are of. */
function heldOutError(values: Float64Array, correction: Float64Array, problem: WeightProblem): number {
  const { layer, heldOut, statistics, curvature } = problem;
  const { rows, columns } = layer;
  let sum = 0;
  for (const [group, own] of heldOut.entries()) {
    if (own.count === 0) continue;
    const [from, to] = [group * rows * columns, (group + 1) * rows * columns];
    const errors = heldOutErrors(layer, own, {
      values: values.subarray(from, to),
      correction: correction.subarray(group * rows, (group + 1) * rows),
    });
    for (const [row, error] of errors.entries())
      sum += curvature[group * rows + row]! * error * statistics[group]!.count;
  }
  return sum;
}

/** On the inputs that the statistics are of, but for what no weights can make up for. */
function ownError(values: Float64Array, { layer, statistics, curvature, targets }: WeightProblem): number {
  const { rows, columns } = layer;
  const size = rows * columns;
  const errors = values.map((value, i) => value - targets[i]!);
  return statistics.reduce((sum, { hessian }, group) => {
    const own = errors.subarray(group * size, (group + 1) * size);
    const ofRows = curvature.subarray(group * rows, (group + 1) * rows);
    return sum + quadraticError(own, { rows, columns, hessian, curvature: ofRows });
  }, 0);
}
