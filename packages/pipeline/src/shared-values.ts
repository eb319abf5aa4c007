import { elementCount, inFloat16Range } from "@deep-compression/bits";
import { type QuantizedValues, shareValues } from "@deep-compression/codebook";
import {
  errorByFit,
  fitAtLambda,
  fitToDistortion,
  mostDistortion,
  quantizeByFit,
  quantizeUniformly,
  type RateOptions,
  type RatePoint,
  rateSource,
} from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import { type PrunedWeights, pruneWeights } from "@deep-compression/sparse";
import { MAX_CENTROIDS } from "@deep-compression/tensor-codec";
import { isRatePlan, type TensorPlan } from "./plan";

/** The weights that the plan's pruning leaves, told apart as its sharing needs them; undefined if one is not finite. */
export function prunedWeights(values: Float32Array, plan: TensorPlan): PrunedWeights | undefined {
  const { sparsity, share = "exact", maxError = 0, centroids, zeros, negativeZero = "keep" } = plan;
  const byRate = isRatePlan(share) || maxError > 0;
  const exact = !byRate && share === "exact" && !(centroids === "float16" && inFloat16Range(values));
  return pruneWeights(values, {
    ...(sparsity !== undefined && { sparsity }),
    negativeZero: exact ? negativeZero : "drop",
    positions: byRate && zeros === "keep" ? "always" : "auto",
  });
}

/** The mean square of a normal distribution over the square of its mean magnitude. */
const NORMAL_RATIO = Math.PI / 2;

/** The sum of squares that the plan's errors are relative to. */
export function errorEnergy(weights: PrunedWeights, { errorOf }: TensorPlan, shape: readonly number[]): number {
  if (errorOf !== "typical") return weights.energy;
  return Math.min(typicalEnergy(weights), ...[0, 1].map((axis) => energyOfTypicalLines(weights, shape, axis)));
}

/** As if the weights were normal, with the mean magnitude that they have: a few far out count little. */
function typicalEnergy({ values, energy }: PrunedWeights): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += Math.abs(values[i]!);
    if (values[i] !== 0) count++;
  }
  return count === 0 ? energy : Math.min(energy, (NORMAL_RATIO * sum * sum) / count);
}

/** A line of less than this, of the mean of all, counts as if it had so much: it may well be of no use. */
const LEAST_LINE = 1e-6;

/**
 * As if every line along an axis had the energy that is the geometric mean of all: where filters, or what they see, differ in
 * scale, as where a normalization is folded into them, the small ones count as much as the large ones.
 */
function energyOfTypicalLines(
  { values, positions, energy }: PrunedWeights,
  shape: readonly number[],
  axis: number,
): number {
  const lines = shape[axis] ?? 1;
  if (lines < 2 || shape.length < 2 || !(energy > 0)) return energy;
  const stride = elementCount(shape.slice(axis + 1));
  const energies = new Float64Array(lines);
  for (let i = 0; i < values.length; i++) {
    const at = positions === undefined ? i : positions[i]!;
    energies[Math.floor(at / stride) % lines]! += values[i]! * values[i]!;
  }
  const least = (LEAST_LINE * energy) / lines;
  const logarithms = energies.reduce((sum, one) => sum + Math.log(Math.max(one, least)), 0);
  return Math.min(energy, lines * Math.exp(logarithms / lines));
}

/** The values that the plan lets weights share; undefined if no codebook does what it asks for. */
export function sharedValues(
  weights: PrunedWeights,
  plan: TensorPlan,
  shape: readonly number[],
): QuantizedValues | undefined {
  const { share, maxError } = plan;
  if (weights.values.length > 0 && isRatePlan(share)) {
    const options = rateOptions(weights, plan);
    return quantizeByFit(weights.values, fitAtLambda(rateSource(weights, options), share.lambda), options);
  }
  if (maxError === undefined) return clusteredOrExact(weights, plan);
  return valuesWithinError(weights, plan, mostDistortion(maxError, errorEnergy(weights, plan, shape)));
}

/** What the plan says of values shared by rate; float16 centroids only where no weight is beyond their range. */
export function rateOptions({ values }: PrunedWeights, plan: TensorPlan): RateOptions {
  const { share, centroids = "auto", zeros = "auto" } = plan;
  const size = isRatePlan(share) ? share.size : undefined;
  const precision = centroids === "float16" && !inFloat16Range(values) ? "float32" : centroids;
  return { centroids: precision, zeros, ...(size !== undefined && { size }) };
}

/** The codebook of the plan's clusters, or the exact one; zero is no cluster, it stays what it is. */
function clusteredOrExact(weights: PrunedWeights, plan: TensorPlan): QuantizedValues | undefined {
  const { share, centroids, form } = plan;
  const { length, positions, values } = weights;
  const clusters = typeof share === "object" && !isRatePlan(share) ? share : undefined;
  // Codes tell so many values apart; if zero has a code as well, one less.
  const zero = positions !== undefined && (positions.length < length || form === "gaps" || form === "bitmask");
  return shareValues(values, {
    ...(clusters && { clusters: { ...clusters, random: seededRandom(clusters.seed ?? 1) }, zeros: "keep" }),
    maxSize: zero ? MAX_CENTROIDS - 1 : MAX_CENTROIDS,
    ...(centroids === "float16" && { precision: centroids }),
  });
}

function valuesWithinError(weights: PrunedWeights, plan: TensorPlan, most: number): QuantizedValues | undefined {
  const { values, pruned } = weights;
  const options = rateOptions(weights, plan);
  const point = pointWithinError(weights, options, most);
  if (point !== undefined) return quantizeByFit(values, point, options);
  const rounded = most > pruned ? quantizeUniformly(values, most - pruned, options) : undefined;
  if (rounded !== undefined) return rounded;
  const exact = clusteredOrExact(weights, plan);
  return exact !== undefined && (exact.distortion === 0 || pruned + exact.distortion <= most) ? exact : undefined;
}

/**
 * A sampled fit may miss the error by a little: then the next aims lower. Codes are not made here, and what was sorted is let go
 * before they are: of a large tensor both are large.
 */
function pointWithinError(weights: PrunedWeights, options: RateOptions, most: number): RatePoint | undefined {
  const { values, pruned } = weights;
  if (values.length === 0) return undefined;
  const source = rateSource(weights, options);
  for (let aim = most, tries = 0; tries < 8; tries++) {
    const point = fitToDistortion(source, aim);
    if (point === undefined) return undefined;
    const distortion = pruned + errorByFit(values, point, options);
    if (distortion <= most) return point;
    aim *= Math.min(0.9999, (0.9999 * most) / distortion);
  }
  return undefined;
}
