import { elementCount, inFloat16Range } from "@deep-compression/bits";
import { balanceErrors, type QuantizedValues, shareValues } from "@deep-compression/codebook";
import { mostDistortion } from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import { type PrunedWeights, pruneWeights } from "@deep-compression/sparse";
import { MAX_CENTROIDS } from "@deep-compression/tensor-codec";
import { errorEnergy } from "./error-energy";
import { isRatePlan, type TensorPlan } from "./plan";
import { type Refine, valuesAtLambda, valuesWithinError } from "./values-by-rate";

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

/**
 * The values that the plan lets weights share, in one way or several of which one is best; none if no codebook does what it asks
 * for.
 */
export function sharedValues(
  weights: PrunedWeights,
  plan: TensorPlan,
  shape: readonly number[],
): readonly QuantizedValues[] {
  const { share, maxError } = plan;
  const refine = balancing(weights, plan, shape);
  if (weights.values.length > 0 && isRatePlan(share)) {
    return valuesAtLambda(weights, { plan, lambda: share.lambda, refine });
  }
  if (maxError !== undefined) {
    const most = mostDistortion(maxError, errorEnergy(weights, plan, shape));
    const within = valuesWithinError(weights, { plan, most, refine });
    if (within.length > 0) return within;
    const exact = clusteredOrExact(weights, plan);
    return exact !== undefined && exactEnough(exact, weights, most) ? [exact] : [];
  }
  const shared = clusteredOrExact(weights, plan);
  if (shared === undefined) return [];
  return [refine ? refine(shared) : shared];
}

function exactEnough({ distortion }: QuantizedValues, { pruned }: PrunedWeights, most: number): boolean {
  return distortion === 0 || pruned + distortion <= most;
}

/** Makes the errors of each kernel add up to little; undefined where the plan names no kernels. */
function balancing(
  { values, positions }: PrunedWeights,
  { kernelAxes = [] }: TensorPlan,
  shape: readonly number[],
): Refine | undefined {
  const last = kernelAxes.at(-1) ?? shape.length;
  const size = last < shape.length ? elementCount(kernelAxes.map((axis) => shape[axis]!)) : 1;
  if (size < 2) return undefined;
  const kernels = { size, stride: elementCount(shape.slice(last + 1)) };
  return (shared) => (shared.distortion === 0 ? shared : balanceErrors(values, shared, { kernels, positions }));
}

/** The codebook of the plan's clusters, or the exact one; zero is no cluster, it stays what it is. */
function clusteredOrExact(weights: PrunedWeights, plan: TensorPlan): QuantizedValues | undefined {
  const { share, centroids, form } = plan;
  const { length, positions, values } = weights;
  const clusters = typeof share === "object" && !isRatePlan(share) ? share : undefined;
  // Codes tell so many values apart; if zero has a code as well, one less.
  const zero =
    positions !== undefined &&
    (positions.length < length || form === "gaps" || form === "bitmask" || form === "context");
  return shareValues(values, {
    ...(clusters && { clusters: { ...clusters, random: seededRandom(clusters.seed ?? 1) }, zeros: "keep" }),
    maxSize: zero ? MAX_CENTROIDS - 1 : MAX_CENTROIDS,
    ...(centroids === "float16" && { precision: centroids }),
  });
}
