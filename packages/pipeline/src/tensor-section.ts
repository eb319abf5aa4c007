import { floatValues, type Tensor } from "@deep-compression/network";
import { findNotFinite } from "@deep-compression/sparse";
import { BEYOND_FLOAT16, fitsFloat16, inFloat16Range } from "../../tensor-codec/src/codebook-bytes";
import { chooseForm, type EncodedForm } from "../../tensor-codec/src/cheapest-form";
import { fitToDistortion } from "../../rate-control/src/fit-to-error";
import { type KeptWeights, keptWeights, prunes, unkept } from "../../sparse/src/pruned-weights";
import { excessElements } from "./limits";
import { isRatePlan, type TensorPlan } from "./plan";
import { fitAtLambda, type RateOptions, rateSource, shareByFit } from "../../rate-control/src/rate-distortion";
import { SECTION_KINDS } from "../../tensor-codec/src/section-flags";
import { type SharedWeights, shareWeights } from "../../tensor-codec/src/shared-weights";
import type { CodedWeight } from "../../tensor-codec/src/stored-weight";

/** The section of a tensor, what it loses, and why it is not what the plan asked for, if so. */
export interface TensorSection {
  readonly kind: number;
  readonly bytes: Uint8Array;
  /** What the bytes hold; none for a raw tensor. */
  readonly stored?: CodedWeight;
  /** Sum of squared errors, and sum of squares of the tensor as it came; 0 and 0 for other types than float32. */
  readonly distortion: number;
  readonly energy: number;
  readonly reason?: string;
}

/** How one tensor is stored, if coded ones may still unfold to `freeElements` more than their bytes justify. */
export function tensorSection(tensor: Tensor, plan: TensorPlan, freeElements: number): TensorSection {
  const asItIs = (reason: string) => raw(tensor.bytes, { distortion: 0, energy: 0, reason });
  if (tensor.type !== "float32") return asItIs(`${tensor.type}: only float32 is coded`);
  const values = floatValues(tensor);
  if (values.length === 0) return asItIs("no elements");
  const kept = keptWeights(values, plan);
  if (kept === undefined) {
    const odd = findNotFinite(values);
    return asItIs(`element ${odd} is ${values[odd]}: only finite weights are coded`);
  }
  const { energy } = kept;
  const stored = codedSection(tensor, kept, { plan, freeElements });
  if ("bytes" in stored) return { ...stored, energy };
  const changed = prunes(values.length, plan.sparsity) || plan.negativeZero === "drop";
  const bytes = changed ? bytesOf(unkept(kept)) : tensor.bytes;
  return raw(bytes, { distortion: kept.pruned, energy, reason: stored.reason });
}

function codedSection(
  { name, shape }: Tensor,
  kept: KeptWeights,
  { plan, freeElements }: { readonly plan: TensorPlan; readonly freeElements: number },
): Omit<TensorSection, "energy"> | { readonly reason: string } {
  const { form = "auto", gapBits = "auto", compactLines = "auto", order = "auto", centroids: wanted = "auto" } = plan;
  checkPruning(name, kept, plan);
  if (form === "raw" || plan.share === "none") return { reason: "the plan asks for no codes" };
  const shared = sharedWeights(kept, plan);
  if (shared === undefined) return { reason: whyNotShared(kept, plan) };
  const precision = wanted !== "float32" && fitsFloat16(shared.centroids) ? "float16" : "float32";
  const encoded = chooseForm({ shape, ...shared }, { form, gapBits, compactLines, order, precision });
  if (encoded === undefined) return { reason: `holds -0, whose sign the form ${form} does not keep` };
  const declined = whyDeclined(encoded, { elements: kept.length, form, freeElements });
  if (declined !== undefined) return { reason: declined };
  const { stored, bytes } = encoded;
  const { distortion } = shared;
  const reason = wanted === "float16" && precision === "float32" ? BEYOND_FLOAT16 : undefined;
  return { kind: SECTION_KINDS[stored.form], bytes, stored, distortion, ...(reason && { reason }) };
}

/** @throws RangeError if pruning alone loses more than the plan allows */
function checkPruning(name: string, { pruned, energy }: KeptWeights, { sparsity, maxError }: TensorPlan): void {
  if (maxError === undefined || pruned <= maxError * energy) return;
  const error = `a relative error of ${pruned / energy} by itself`;
  throw new RangeError(
    `tensor "${name}": maxError: expected at most ${maxError}, but sparsity ${sparsity} makes ${error}`,
  );
}

function whyDeclined(
  { bytes }: EncodedForm,
  { elements, form, freeElements }: { readonly elements: number; readonly form: string; readonly freeElements: number },
): string | undefined {
  if (form === "auto" && bytes.length >= 4 * elements) {
    return `too small to gain: ${bytes.length} bytes coded, ${4 * elements} raw`;
  }
  if (excessElements(elements, bytes.length) <= freeElements) return undefined;
  return `${elements} elements in ${bytes.length} bytes: readers would refuse so few`;
}

/** Undefined if no codebook does what the plan asks for. */
function sharedWeights(kept: KeptWeights, plan: TensorPlan): SharedWeights | undefined {
  const { share, maxError } = plan;
  if (kept.values.length > 0 && isRatePlan(share)) {
    const options = rateOptions(kept, plan);
    return shareByFit(kept, fitAtLambda(rateSource(kept, options), share.lambda), options);
  }
  return maxError === undefined ? shareWeights(kept, plan) : shareWithinError(kept, plan, maxError);
}

/** What the plan says of values shared by rate; float16 centroids only where no weight is beyond their range. */
export function rateOptions({ values }: KeptWeights, plan: TensorPlan): RateOptions {
  const { share, centroids = "auto", zeros = "auto" } = plan;
  const size = isRatePlan(share) ? share.size : undefined;
  const precision = centroids === "float16" && !inFloat16Range(values) ? "float32" : centroids;
  return { centroids: precision, zeros, ...(size !== undefined && { size }) };
}

/** Whoever sums up the error in another order shall not find it above what was allowed. */
const ROUNDING = 1e-9;

/** The squared error that a relative one allows. */
export function mostDistortion(maxError: number, energy: number): number {
  return (maxError < 1 ? maxError * (1 - ROUNDING) : 1) * energy;
}

/** A sampled fit may miss the error by a little: then the next aims lower. */
function shareWithinError(kept: KeptWeights, plan: TensorPlan, maxError: number): SharedWeights | undefined {
  const most = mostDistortion(maxError, kept.energy);
  const options = rateOptions(kept, plan);
  const source = rateSource(kept, options);
  for (let aim = most, tries = 0; kept.values.length > 0 && tries < 8; tries++) {
    const point = fitToDistortion(source, aim);
    if (point === undefined) break;
    const shared = shareByFit(kept, point, options);
    if (shared.distortion <= most) return shared;
    aim *= Math.min(0.9999, (0.9999 * most) / shared.distortion);
  }
  const exact = shareWeights(kept, plan);
  return exact !== undefined && exact.distortion <= most ? exact : undefined;
}

function whyNotShared(kept: KeptWeights, { maxError = 0 }: TensorPlan): string {
  if (maxError > 0) return `shared values would have a relative error above ${maxError}`;
  const zeros = kept.positions === undefined ? kept.values.filter((value) => value === 0) : [];
  const bothZeros = zeros.some((zero) => Object.is(zero, -0)) && zeros.some((zero) => Object.is(zero, 0));
  return bothZeros ? "holds both 0 and -0 (see negativeZero)" : "more than 65536 distinct values, zero included";
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function raw(bytes: Uint8Array, rest: Omit<TensorSection, "kind" | "bytes">): TensorSection {
  return { kind: SECTION_KINDS.raw, bytes, ...rest };
}
