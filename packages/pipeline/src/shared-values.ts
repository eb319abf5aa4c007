import { allocateCodes, elementCount, FormatError, inFloat16Range } from "@deep-compression/bits";
import {
  balanceErrors,
  type QuantizedValues,
  type SharedValues,
  shareValues,
  squaredError,
} from "@deep-compression/codebook";
import { type ElementType, type Tensor, valuesOfType } from "@deep-compression/network";
import { mostDistortion } from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import { type PrunedWeights, type PruneOptions, pruneWeights } from "@deep-compression/sparse";
import { codebookLength, leastPrecision, MAX_CENTROIDS } from "@deep-compression/tensor-codec";
import { errorEnergy } from "./error-energy";
import {
  type IntegerWeights,
  integerDistortion,
  integerWeights,
  nearestIntegers,
  prunedIntegers,
} from "./integer-weights";
import { isRatePlan, type TensorPlan } from "./plan";
import { type Refine, valuesAtLambda, valuesWithinError } from "./values-by-rate";

/**
 * The weights that the plan's pruning leaves, told apart as its sharing needs them; undefined if one is not finite. Integers are told
 * less that which stands for 0.
 *
 * @param values the elements of the tensor
 */
export function prunedWeights(tensor: Tensor, values: Float32Array, plan: TensorPlan): PrunedWeights | undefined {
  const { sparsity, share = "exact", maxError = 0, centroids, zeros, negativeZero = "keep" } = plan;
  const byRate = isRatePlan(share) || maxError > 0;
  const exact = !byRate && share === "exact" && !(centroids === "float16" && inFloat16Range(values));
  const options: PruneOptions = {
    ...(sparsity !== undefined && { sparsity }),
    negativeZero: exact ? negativeZero : "drop",
    positions: byRate && zeros === "keep" ? "always" : "auto",
  };
  const integers = integerWeights(tensor, plan);
  return integers === undefined ? pruneWeights(values, options) : prunedIntegers(integers, values, options);
}

/**
 * The values that the plan lets weights share, in one way or several of which one is best; none if no codebook does what it asks
 * for.
 */
export function sharedValues(weights: PrunedWeights, plan: TensorPlan, tensor: Tensor): readonly QuantizedValues[] {
  return waysToShare(weights, plan, tensor).filter(({ distortion }) => Number.isFinite(distortion));
}

function waysToShare(weights: PrunedWeights, plan: TensorPlan, tensor: Tensor): readonly QuantizedValues[] {
  const { share, maxError } = plan;
  const { shape } = tensor;
  const refine = refining(weights, plan, tensor);
  if (weights.values.length > 0 && isRatePlan(share)) {
    return valuesAtLambda(weights, { plan, lambda: share.lambda, refine });
  }
  if (maxError !== undefined) {
    const bound = mostDistortion(maxError, errorEnergy(weights, plan, shape));
    const most = tensor.type === "float64" ? bound * (1 - ROUNDING) : bound;
    const within = valuesWithinError(weights, { plan, most, refine });
    if (within.length > 0) return within;
    const exact = clusteredOrExact(weights, plan);
    if (exact === undefined) return [];
    const measured = tensor.type === "float32" || refine === undefined ? exact : refine(exact);
    return exactEnough(measured, weights, most) ? [measured] : [];
  }
  const shared = clusteredOrExact(weights, plan);
  if (shared === undefined) return [];
  const refined = refine ? refine(shared) : shared;
  return share === undefined || share === "exact" ? withoutRounding(shared, refined) : [refined];
}

/** What is done to shared values before they are taken. */
function refining(weights: PrunedWeights, plan: TensorPlan, tensor: Tensor): Refine | undefined {
  const balance = balancing(weights, plan, tensor.shape);
  const integers = integerWeights(tensor, plan);
  if (integers === undefined) return chained(balance, converting(weights, tensor));
  // Integers are far apart: kernels are balanced by what becomes of their values, not by what these were before.
  return chained(chained(toIntegers(integers, plan), balance), (shared) => ({
    ...shared,
    distortion: integerDistortion(weights, shared, integers),
  }));
}

/** Rounds shared values to integers of the tensor's type. */
function toIntegers(integers: IntegerWeights, plan: TensorPlan): Refine {
  return (shared) => ({ ...shared, ...withCentroids(shared, nearestIntegers(shared.centroids, integers, plan)) });
}

/** Exact values only if they still are so in the tensor's own type. */
function withoutRounding(shared: QuantizedValues, refined: QuantizedValues): readonly QuantizedValues[] {
  return shared.distortion === 0 && refined.distortion > 0 ? [] : [refined];
}

/** Sums of squares of float64 are those of the nearest float32: each is off by less than this fraction. */
const ROUNDING = 2 ** -20;

function chained(one: Refine | undefined, other: Refine | undefined): Refine | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return (shared) => other(one(shared));
}

/**
 * Tells the error of what comes back: values in the type of the tensor, against its own; infinite if one is beyond its range.
 * Centroids are rounded to that type unless their codebook then takes more bytes, as that of a grid may. Undefined for float32, which values are already.
 */
function converting(weights: PrunedWeights, tensor: Tensor): Refine | undefined {
  const { type } = tensor;
  if (type === "float32") return undefined;
  const own = ownValues(tensor, weights);
  return (shared) => {
    const converted = convertedValues(type, shared.centroids);
    if (converted === undefined) return { ...shared, distortion: Number.POSITIVE_INFINITY };
    const distortion = squaredError(own, { codes: shared.codes, centroids: converted });
    const merged = type === "float64" ? shared : withCentroids(shared, converted);
    return { ...(storedBytes(merged) <= storedBytes(shared) ? merged : shared), distortion };
  };
}

/** The same codes with other centroids, ascending too, of which equal ones become one. */
function withCentroids({ codes, centroids }: SharedValues, rounded: Float32Array): SharedValues {
  const numbers = new Uint16Array(rounded.length);
  const distinct: number[] = [];
  for (const [code, value] of rounded.entries()) {
    // What only rounding makes a zero has no sign.
    const own = value === 0 && centroids[code] !== 0 ? 0 : value;
    if (own !== distinct.at(-1)) distinct.push(own);
    numbers[code] = distinct.length - 1;
  }
  const renumbered = allocateCodes(distinct.length, codes.length);
  for (let i = 0; i < codes.length; i++) renumbered[i] = numbers[codes[i]!]!;
  return { codes: renumbered, centroids: Float32Array.from(distinct) };
}

/** Bytes of the codebook. */
function storedBytes({ centroids }: SharedValues): number {
  return codebookLength(centroids, leastPrecision(centroids));
}

/** The values of a tensor's weights as its own type holds them: those of float64 are finer than float32. */
export function ownValues(tensor: Tensor, { positions, values }: PrunedWeights): Float32Array | Float64Array {
  return tensor.type === "float64" ? float64Values(tensor, positions) : values;
}

/** Values in another type; undefined if one is not finite there. */
export function convertedValues(type: ElementType, values: Float32Array): Float32Array | undefined {
  try {
    return valuesOfType(type, values);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function float64Values({ bytes }: Tensor, positions: Uint32Array | undefined): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(positions?.length ?? bytes.length / 8);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(8 * (positions?.[i] ?? i), true);
  return values;
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
