import { biasCorrection, inverseFactor, residualTarget } from "@deep-compression/calibration";
import { calibrateMatrices, dataFree, type SharedMatrices } from "./calibrate-matrices";
import type { Layer } from "./layer";
import { type GroupStatistics, type SampledRows } from "./layer-statistics";

/** A weight of a layer with what is known of its inputs. */
export interface WeightProblem {
  readonly layer: Layer;
  /** The dense weights, group by group and row by row. */
  readonly weights: Float64Array;
  readonly statistics: readonly GroupStatistics[];
  /** What each row is multiplied by behind the layer; absent: 1. */
  readonly gain: Float64Array | undefined;
  /** The sum of squares, about their means, of what the outputs are part of: errors are relative to it. */
  readonly energy: number;
  /** Rows that the statistics have not seen, of each group. */
  readonly heldOut: readonly SampledRows[];
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
  /** Squared error of the outputs on rows that were held out, relative to `energy`. */
  readonly error: number;
}

/** The best of several ways to make a weight's elements share values, by the error of its outputs on rows held out. */
export function calibrateWeight(problem: WeightProblem): CalibratedWeight {
  const { layer, statistics, gain, energy, lambda, damping, weights } = problem;
  const { rows, columns, groups } = layer;
  const all = groups * rows;
  const curvature = Float64Array.from({ length: all }, (_, row) => (gain?.[row] ?? 1) ** 2 / energy);
  const hessians = statistics.map(({ hessian }) => hessian);
  const targets = targetsOf(problem);
  const options = { rows, columns, hessians, curvature, lambda, damping };
  const importance = curvature.map((own, row) => own * meanVariance(hessians[Math.floor(row / rows)]!, columns));
  const candidates = [calibrateMatrices(targets, options), dataFree(weights, { columns, importance, lambda })];
  const tried = candidates.map((one) => measured(one, problem, curvature));
  return tried.reduce((best, one) => (one.error + lambda * one.bits < best.error + lambda * best.bits ? one : best));
}

function meanVariance(hessian: Float64Array, columns: number): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) sum += hessian[i * columns + i]!;
  return sum / columns;
}

/** The weights that make up for what came before, group by group. */
function targetsOf({ layer, weights, statistics, damping }: WeightProblem): Float64Array {
  const { rows, columns } = layer;
  const targets = weights.slice();
  for (const [group, { hessian, cross, skip }] of statistics.entries()) {
    if (cross === undefined && skip === undefined) continue;
    const inverse = inverseFactor(hessian, columns, { damping });
    if (inverse === undefined) continue;
    const [from, to] = [group * rows * columns, (group + 1) * rows * columns];
    const shape = { rows, columns, hessian, inverse, cross: cross ?? hessian };
    targets.set(residualTarget(weights.subarray(from, to), { ...shape, ...(skip && { skip }) }), from);
  }
  return targets;
}

function measured(shared: SharedMatrices, problem: WeightProblem, curvature: Float64Array): CalibratedWeight {
  const { codes, centroids, bits, method } = shared;
  const values = Float64Array.from(codes, (code) => centroids[code]!);
  const correction = correctionOf(values, problem);
  return { values, correction, bits, method, error: heldOutError(values, correction, problem, curvature) };
}

/** What is to be added to biases so that the outputs, a skip's difference included, keep their means. */
export function correctionOf(
  values: Float64Array,
  { layer, weights, statistics }: Pick<WeightProblem, "layer" | "weights" | "statistics">,
): Float64Array {
  const { rows, columns, groups } = layer;
  const size = rows * columns;
  const correction = new Float64Array(groups * rows);
  for (const [group, { denseMeans, compressedMeans, skipMeans }] of statistics.entries()) {
    const [dense, compressed] = [weights, values].map((one) => one.subarray(group * size, (group + 1) * size));
    const own = biasCorrection(dense!, compressed!, { rows, columns, denseMeans, compressedMeans });
    for (let row = 0; row < rows; row++) correction[group * rows + row] = own[row]! + (skipMeans?.[row] ?? 0);
  }
  return correction;
}

/** As many times as large as the rows that the statistics are of. */
function heldOutError(values: Float64Array, correction: Float64Array, problem: WeightProblem, curvature: Float64Array): number {
  const { layer, weights, heldOut, statistics } = problem;
  const { rows, columns } = layer;
  let sum = 0;
  for (const [group, { dense, compressed, skip }] of heldOut.entries()) {
    const count = compressed.length / columns;
    if (count === 0) continue;
    let ofGroup = 0;
    for (let row = 0; row < rows; row++) {
      const start = (group * rows + row) * columns;
      const worth = curvature[group * rows + row]!;
      const added = correction[group * rows + row]!;
      let ofRow = 0;
      for (let i = 0, at = 0; i < count; i++) {
        let error = (skip?.[i * rows + row] ?? 0) - added;
        for (let j = 0; j < columns; j++, at++) error += weights[start + j]! * dense[at]! - values[start + j]! * compressed[at]!;
        ofRow += error * error;
      }
      ofGroup += worth * ofRow;
    }
    sum += (ofGroup * statistics[group]!.count) / count;
  }
  return sum;
}
