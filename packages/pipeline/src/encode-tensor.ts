import { inFloat16Range, isFloat16 } from "@deep-compression/bits";
import { type QuantizedValues, shareValues } from "@deep-compression/codebook";
import { floatValues, type Tensor } from "@deep-compression/network";
import {
  fitAtLambda,
  fitToDistortion,
  mostDistortion,
  quantizeByFit,
  type RateOptions,
  rateSource,
} from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import { denseVector, findNotFinite, type PrunedWeights, prunes, pruneWeights } from "@deep-compression/sparse";
import { type CodedSection, cheapestSection, MAX_CENTROIDS, sharedWeights } from "@deep-compression/tensor-codec";
import { freeElementsOf } from "./expansion-limit";
import { isRatePlan, type TensorPlan } from "./plan";

/** A tensor on its way into a file: its section, what it loses, and why it is not what the plan asked for, if so. */
export interface EncodedTensor {
  readonly section: CodedSection | { readonly bytes: Uint8Array };
  /** Sum of squared errors, and sum of squares of the tensor as it came; 0 and 0 for other types than float32. */
  readonly distortion: number;
  readonly energy: number;
  readonly reason?: string;
}

/** How one tensor is stored, if coded ones may still have `freeElements` more than their bytes justify. */
export function encodeTensor(tensor: Tensor, plan: TensorPlan, freeElements: number): EncodedTensor {
  const asItIs = (reason: string) => ({ section: { bytes: tensor.bytes }, distortion: 0, energy: 0, reason });
  if (tensor.type !== "float32") return asItIs(`${tensor.type}: only float32 is coded`);
  const values = floatValues(tensor);
  if (values.length === 0) return asItIs("no elements");
  const weights = prunedWeights(values, plan);
  if (weights === undefined) {
    const odd = findNotFinite(values);
    return asItIs(`element ${odd} is ${values[odd]}: only finite weights are coded`);
  }
  const { energy, pruned } = weights;
  const coded = codedSection(tensor, weights, { plan, freeElements });
  if ("section" in coded) return { ...coded, energy };
  const changed = prunes(values.length, plan.sparsity) || plan.negativeZero === "drop";
  const bytes = changed ? bytesOf(allElements(weights)) : tensor.bytes;
  return { section: { bytes }, distortion: pruned, energy, reason: coded.reason };
}

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

function codedSection(
  { name, shape }: Tensor,
  weights: PrunedWeights,
  { plan, freeElements }: { readonly plan: TensorPlan; readonly freeElements: number },
): Omit<EncodedTensor, "energy"> | { readonly reason: string } {
  const { form = "auto", gapBits = "auto", lineMaps = "auto", order = "auto", centroids: wanted = "auto" } = plan;
  checkPruning(name, weights, plan);
  if (form === "raw" || plan.share === "none") return { reason: "the plan asks for no codes" };
  const shared = valuesByPlan(weights, plan);
  if (shared === undefined) return { reason: whyNotShared(weights, plan) };
  const coded = sharedWeights(weights, shared, shape);
  const precision = wanted !== "float32" && isFloat16(coded.centroids) ? "float16" : "float32";
  const section = cheapestSection(coded, { form, gapBits, lineMaps, order, precision });
  if (section === undefined) return { reason: `holds -0, whose sign the form ${form} does not keep` };
  const declined = whyDeclined(section.bytes.length, { elements: weights.length, form, freeElements });
  if (declined !== undefined) return { reason: declined };
  const beyond = wanted === "float16" && precision === "float32";
  const reason = beyond ? "float32 centroids: one is beyond the range of float16" : undefined;
  return { section, distortion: coded.distortion, ...(reason && { reason }) };
}

/** @throws RangeError if pruning alone loses more than the plan allows */
function checkPruning(name: string, { pruned, energy }: PrunedWeights, { sparsity, maxError }: TensorPlan): void {
  if (maxError === undefined || pruned <= maxError * energy) return;
  const error = `a relative error of ${pruned / energy} by itself`;
  throw new RangeError(
    `tensor "${name}": maxError: expected at most ${maxError}, but sparsity ${sparsity} makes ${error}`,
  );
}

function whyDeclined(
  bytes: number,
  { elements, form, freeElements }: { readonly elements: number; readonly form: string; readonly freeElements: number },
): string | undefined {
  if (form === "auto" && bytes >= 4 * elements) {
    return `too small to gain: ${bytes} bytes coded, ${4 * elements} raw`;
  }
  if (freeElementsOf(elements, bytes) <= freeElements) return undefined;
  return `${elements} elements in ${bytes} bytes: readers would refuse so few`;
}

/** Undefined if no codebook does what the plan asks for. */
function valuesByPlan(weights: PrunedWeights, plan: TensorPlan): QuantizedValues | undefined {
  const { share, maxError } = plan;
  if (weights.values.length > 0 && isRatePlan(share)) {
    const options = rateOptions(weights, plan);
    return quantizeByFit(weights.values, fitAtLambda(rateSource(weights, options), share.lambda), options);
  }
  return maxError === undefined ? clusteredOrExact(weights, plan) : valuesWithinError(weights, plan, maxError);
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

/** What the plan says of values shared by rate; float16 centroids only where no weight is beyond their range. */
export function rateOptions({ values }: PrunedWeights, plan: TensorPlan): RateOptions {
  const { share, centroids = "auto", zeros = "auto" } = plan;
  const size = isRatePlan(share) ? share.size : undefined;
  const precision = centroids === "float16" && !inFloat16Range(values) ? "float32" : centroids;
  return { centroids: precision, zeros, ...(size !== undefined && { size }) };
}

/** A sampled fit may miss the error by a little: then the next aims lower. */
function valuesWithinError(weights: PrunedWeights, plan: TensorPlan, maxError: number): QuantizedValues | undefined {
  const { values, pruned, energy } = weights;
  const most = mostDistortion(maxError, energy);
  const options = rateOptions(weights, plan);
  const source = rateSource(weights, options);
  for (let aim = most, tries = 0; values.length > 0 && tries < 8; tries++) {
    const point = fitToDistortion(source, aim);
    if (point === undefined) break;
    const shared = quantizeByFit(values, point, options);
    const distortion = pruned + shared.distortion;
    if (distortion <= most) return shared;
    aim *= Math.min(0.9999, (0.9999 * most) / distortion);
  }
  const exact = clusteredOrExact(weights, plan);
  return exact !== undefined && pruned + exact.distortion <= most ? exact : undefined;
}

function whyNotShared({ positions, values }: PrunedWeights, { maxError = 0 }: TensorPlan): string {
  if (maxError > 0) return `shared values would have a relative error above ${maxError}`;
  const zeros = positions === undefined ? values.filter((value) => value === 0) : [];
  const bothZeros = zeros.some((zero) => Object.is(zero, -0)) && zeros.some((zero) => Object.is(zero, 0));
  return bothZeros ? "holds both 0 and -0 (see negativeZero)" : "more than 65536 distinct values, zero included";
}

function allElements({ length, positions, values }: PrunedWeights): Float32Array {
  return positions === undefined ? values : denseVector({ length, positions, values });
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
