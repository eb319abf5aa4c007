import { elementCount, inFloat16Range, isFloat16 } from "@deep-compression/bits";
import { balanceErrors, type KernelLayout, type QuantizedValues, shareValues } from "@deep-compression/codebook";
import {
  fitAtLambda,
  fitToDistortion,
  mostDistortion,
  quantizeByFit,
  quantizeUniformly,
  type RateOptions,
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
  const kernels = kernelLayout(plan, shape);
  if (weights.values.length > 0 && isRatePlan(share)) {
    const options = rateOptions(weights, plan);
    const fit = fitAtLambda(rateSource(weights, options), share.lambda);
    return balanced(quantizeByFit(weights.values, fit, options), { weights, kernels });
  }
  if (maxError === undefined) {
    const shared = clusteredOrExact(weights, plan);
    return shared && balanced(shared, { weights, kernels });
  }
  const most = mostDistortion(maxError, errorEnergy(weights, plan, shape));
  return valuesWithinError(weights, { plan, most, kernels });
}

/** Where the plan's kernels stand in a tensor; undefined if it has no such axes, or kernels of one element. */
function kernelLayout({ kernelAxes = [] }: TensorPlan, shape: readonly number[]): KernelLayout | undefined {
  const last = kernelAxes.at(-1);
  if (last === undefined || last >= shape.length) return undefined;
  const size = elementCount(kernelAxes.map((axis) => shape[axis]!));
  return size > 1 ? { size, stride: elementCount(shape.slice(last + 1)) } : undefined;
}

interface KernelsOfWeights {
  readonly weights: PrunedWeights;
  readonly kernels: KernelLayout | undefined;
}

function balanced(shared: QuantizedValues, { weights, kernels }: KernelsOfWeights): QuantizedValues {
  if (kernels === undefined || shared.distortion === 0) return shared;
  return balanceErrors(weights.values, shared, { kernels, positions: weights.positions });
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

/** What balancing makes of a squared error, about; the more, the fewer elements a kernel has. */
const BALANCED_ERROR = 1.2;

/** So close below the bound what balancing has made of an error need be; 2 % of it are a seventieth of a bit a weight. */
const NEAR_BOUND = 0.98;

/** Fits of a tensor, of which the first is a search. */
const MOST_FITS = 8;

/** A sampled fit may miss the error by a little, and balancing adds to it: then the next aims lower. */
function valuesWithinError(
  weights: PrunedWeights,
  context: { readonly plan: TensorPlan; readonly most: number; readonly kernels: KernelLayout | undefined },
): QuantizedValues | undefined {
  const { plan, most, kernels } = context;
  const { values, pruned } = weights;
  const options = rateOptions(weights, plan);
  const source = rateSource(weights, options);
  const aim = kernels === undefined ? most : pruned + (most - pruned) / BALANCED_ERROR;
  let point = values.length > 0 ? fitToDistortion(source, aim) : undefined;
  let within: QuantizedValues | undefined;
  for (let fits = 1; point !== undefined; fits++) {
    const shared = balanced(quantizeByFit(values, point, options), { weights, kernels });
    const distortion = pruned + shared.distortion;
    if (distortion <= most && shared.distortion > (within?.distortion ?? -1)) within = shared;
    const isNear = kernels === undefined || distortion >= NEAR_BOUND * most || fits >= MOST_FITS / 2;
    if (fits >= MOST_FITS || (within !== undefined && isNear)) break;
    const lambda = (0.99 * point.lambda * (most - pruned)) / (distortion - pruned);
    point = fitAtLambda(source, lambda, { precision: isFloat16(point.fit.centroids) ? "float16" : "float32" });
  }
  if (within !== undefined) return within;
  const rounded = most > pruned ? quantizeUniformly(values, most - pruned, options) : undefined;
  if (rounded !== undefined) return rounded;
  const exact = clusteredOrExact(weights, plan);
  return exact !== undefined && (exact.distortion === 0 || pruned + exact.distortion <= most) ? exact : undefined;
}
