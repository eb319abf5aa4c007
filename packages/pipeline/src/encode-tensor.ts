import { elementCount, isFloat16 } from "@deep-compression/bits";
import { isFloatType, numericValues, type Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { findNotFinite, type PrunedWeights } from "@deep-compression/sparse";
import {
  type CodedForm,
  type CodedSection,
  cheapestSection,
  isGrid,
  leastPrecision,
  MAX_CENTROIDS,
  type RawSection,
  type SharedWeights,
  sharedWeights,
} from "@deep-compression/tensor-codec";
import { type Allowance, contextTimeOfTensor } from "./allowance";
import type { Declined } from "./declined";
import { exactCodes } from "./exact-codes";
import { freeElementsOf } from "./expansion-limit";
import { hasFewValues, hasMoreValues } from "./few-values";
import { integerWeights, isByteType, sharedIntegers } from "./integer-weights";
import { plainSection, plainSectionBelow } from "./plain-section";
import { allowsLoss, isRatePlan, type TensorPlan, type ToldPlan } from "./plan";
import { scaledValues } from "./scaled-values";
import { prunedWeights, sharedValues } from "./shared-values";
import { elementsOf, prunedElements } from "./weight-elements";

/** A tensor on its way into a file: its section, what it loses, and why it is not what the plan asked for, if so. */
export interface EncodedTensor {
  readonly section: CodedSection | RawSection;
  /** Sum of squared errors, and sum of squares of the tensor as it came; 0 and 0 where nothing may be lost. */
  readonly distortion: number;
  readonly energy: number;
  readonly declined?: Declined;
}

/** How one tensor is stored, of what coded ones may still have. */
export function encodeTensor(tensor: Tensor, plan: ToldPlan, allowance: Allowance): EncodedTensor {
  const { type, shape, bytes } = tensor;
  if (shape.includes(0)) return asItIs(tensor, { kind: "empty", reason: "no elements" });
  const mayLose = allowsLoss(plan) && (isFloatType(type) || integerWeights(tensor, plan) !== undefined);
  if (type !== "float32" && !mayLose) return exactlyEncoded(tensor, plan, allowance);
  const values = numericValues(tensor);
  if (keepsFewValues(tensor, values, plan)) return keptFewValues(tensor, plan, allowance);
  const weights = prunedWeights(tensor, values, plan);
  if (weights === undefined) {
    const odd = findNotFinite(values);
    const value = type === "float64" && Number.isFinite(readFloat64(bytes, odd)) ? "beyond float32" : values[odd];
    return asItIs(tensor, { kind: "not finite", reason: `element ${odd} is ${value}: only finite weights are coded` });
  }
  const encoded = encodedWeights(tensor, weights, { plan, allowance });
  return cheaperWithoutLoss(tensor, { encoded, weights, plan, allowance }) ?? encoded;
}

function readFloat64(bytes: Uint8Array, i: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8 * i, true);
}

function asItIs(tensor: Tensor, declined: Declined): EncodedTensor {
  return { section: plainSection(tensor, tensor.bytes), distortion: 0, energy: 0, declined };
}

/** A tensor of which nothing may be lost: each of its values has a code, if that takes fewer bytes than its elements do as they are. */
function exactlyEncoded(tensor: Tensor, plan: ToldPlan, allowance: Allowance): EncodedTensor {
  const { share, form = "auto", centroids } = plan;
  // A target lets tensors lose something of which their plans say nothing.
  const mayLose = allowsLoss(plan) || plan.whyExact !== undefined;
  const kept = mayLose ? whyNoLoss(tensor, plan) : undefined;
  if (share === "none" || form === "raw") return asItIs(tensor, BY_PLAN);
  const shared = exactCodes(tensor);
  if ("kind" in shared) return asItIs(tensor, kept ?? shared);
  const exact: TensorPlan = { ...plan, centroids: centroids === "float32" ? centroids : "auto" };
  const coded = encodedValues(shared, { plan: exact, form, allowance });
  if (!("section" in coded)) return asItIs(tensor, kept ?? coded);
  const encoded = { section: coded.section, distortion: 0, energy: 0, ...(kept && { declined: kept }) };
  if (form !== "auto") return encoded;
  const { length } = coded.section.bytes;
  const plain = plainSectionBelow(tensor, tensor.bytes, length + 1);
  return plain === undefined ? encoded : { ...encoded, section: plain, declined: kept ?? noGain(length, plain) };
}

/** Why a tensor loses nothing, where that is for what its elements are. */
function whyNoLoss(tensor: Tensor, plan: ToldPlan): Declined | undefined {
  const { type } = tensor;
  if (isFloatType(type) || integerWeights(tensor, plan) !== undefined) return undefined;
  if (isByteType(type) && plan.whyExact !== undefined) {
    return { kind: "zero point", reason: `${type}: ${plan.whyExact}` };
  }
  const others = "weights of 8-bit integers that the plan names";
  return { kind: "type", reason: `${type}: only floats of 16 bits and more, and ${others}, may lose something` };
}

const BY_PLAN: Declined = { kind: "by plan", reason: "the plan asks for no codes" };

function noGain(codedBytes: number, { bytes, form }: RawSection): Declined {
  return { kind: "no gain", reason: `too small to gain: ${codedBytes} bytes coded, ${bytes.length} ${form}` };
}

/** Whether the plan allows loss, but not for this tensor. Integers have few values whatever they are. */
export function keepsFewValues({ type }: Tensor, values: Float32Array, plan: TensorPlan): boolean {
  return plan.fewValues === "keep" && allowsLoss(plan) && !isByteType(type) && hasFewValues(values);
}

function keptFewValues(tensor: Tensor, plan: TensorPlan, allowance: Allowance): EncodedTensor {
  const { sparsity, ...unpruned } = withoutLoss(plan);
  const encoded = encodeTensor(tensor, unpruned, allowance);
  return { ...encoded, declined: { kind: "few values", reason: "a constant, a mask or a table of few values" } };
}

/** The plan with the exact values of what its pruning leaves. */
function withoutLoss({ share, maxError, centroids, ...rest }: TensorPlan): TensorPlan {
  return { ...rest, share: "exact", ...(centroids === "float32" && { centroids }) };
}

function encodedWeights(
  tensor: Tensor,
  weights: PrunedWeights,
  { plan, allowance }: { readonly plan: TensorPlan; readonly allowance: Allowance },
): EncodedTensor {
  const { energy, pruned } = weights;
  const coded = codedSection(tensor, weights, { plan, allowance });
  const elements = () => prunedElements(tensor, weights, plan);
  if (!("section" in coded)) {
    return { section: plainSection(tensor, elements()), distortion: pruned, energy, declined: coded };
  }
  const { section, distortion, declined } = coded;
  const encoded = { section, distortion, energy, ...(declined && { declined }) };
  if (plan.form !== undefined && plan.form !== "auto") return encoded;
  const { length } = section.bytes;
  if (hardlyRepeat(coded.shared)) return encoded;
  const isExact = !(distortion > pruned);
  const plain = plainSectionBelow(tensor, isExact ? elements() : elementsOf(tensor, coded.shared), length + 1);
  if (plain === undefined) return encoded;
  if (!isExact) return { ...encoded, section: plain };
  return { section: plain, distortion: pruned, energy, declined: noGain(length, plain) };
}

/** Elements for each shared value up to which they hardly repeat, so that deflate has little to find. */
const FEW_REPEATS = 4;
/** Of fewer codes each byte counts. */
const LEAST_CODES = 64;

/** Whether codes are as good as it gets: values hardly repeat, and as multiples of a step take next to nothing in a codebook. */
function hardlyRepeat({ codes, centroids }: SharedWeights): boolean {
  if (codes.length < LEAST_CODES || codes.length >= FEW_REPEATS * centroids.length) return false;
  return isGrid(centroids);
}

/** A tensor in codes, and the weights that share values. */
interface CodedTensor extends Pick<EncodedTensor, "distortion" | "declined"> {
  readonly section: CodedSection;
  readonly shared: SharedWeights;
}

/** The tensor in codes; of several ways to share values in the best. */
function codedSection(
  tensor: Tensor,
  weights: PrunedWeights,
  { plan, allowance }: { readonly plan: TensorPlan; readonly allowance: Allowance },
): CodedTensor | Declined {
  const { share, form = "auto" } = plan;
  checkPruning(tensor.name, weights, plan);
  if (share === "none" || form === "raw") return BY_PLAN;
  const unscaled = sharedValues(weights, plan, tensor).map((shared) => sharedWeights(weights, shared, tensor.shape));
  const integers = integerWeights(tensor, plan);
  const ways =
    integers === undefined
      ? [...unscaled, ...scaledValues(weights, plan, tensor)]
      : unscaled.map((shared) => sharedIntegers(shared, integers));
  if (ways.length === 0) return whyNotShared(weights, plan, tensor);
  const coded = ways.map((way) => ("kind" in way ? way : encodedValues(way, { plan, form, allowance })));
  const lambda = isRatePlan(share) ? share.lambda : undefined;
  const cost = (way: CodedTensor | Declined) => {
    if (!("section" in way)) return Number.POSITIVE_INFINITY;
    const { length } = way.section.bytes;
    return lambda === undefined ? length : way.distortion + 8 * lambda * length;
  };
  return coded.reduce((best, way) => (cost(way) < cost(best) ? way : best));
}

function encodedValues(
  shared: SharedWeights,
  options: { readonly plan: TensorPlan; readonly form: "auto" | CodedForm; readonly allowance: Allowance },
): CodedTensor | Declined {
  const { plan, form, allowance } = options;
  const { gapBits = "auto", lineMaps = "auto", order = "auto", centroids: wanted = "auto" } = plan;
  const precision = wanted === "float32" ? wanted : leastPrecision(shared.centroids);
  const contextTime = contextTimeOfTensor(allowance);
  const section = cheapestSection(shared, { form, gapBits, lineMaps, order, precision, contextTime });
  if (section === undefined) return whyNotInForm(shared, form);
  const { length } = section.bytes;
  const elements = elementCount(shared.shape);
  if (freeElementsOf(elements, length) > allowance.freeElements) {
    const reason = `${elements} elements in ${length} bytes: readers would refuse so few`;
    return { kind: "expansion limit", reason };
  }
  const encoded = { section, distortion: shared.distortion, shared };
  if (wanted !== "float16" || precision !== "float32") return encoded;
  const reason = "float32 centroids: one is beyond the range of float16";
  return { ...encoded, declined: { kind: "float16 range", reason } };
}

function whyNotInForm({ centroids }: SharedWeights, form: string): Declined {
  if (centroids.some((centroid) => Object.is(centroid, -0))) {
    return { kind: "signed zeros", reason: `holds -0, whose sign the form ${form} does not keep` };
  }
  return { kind: "no such form", reason: `rows too long, weights too few or values too many for the form ${form}` };
}

/** @throws RangeError if pruning alone loses more than the plan allows */
function checkPruning(name: string, { pruned, energy }: PrunedWeights, { sparsity, maxError }: TensorPlan): void {
  if (maxError === undefined || pruned <= maxError * energy) return;
  const error = `a relative error of ${Math.min(1, (pruned / energy) * (1 + Number.EPSILON))} by itself`; // not below it by rounding
  throw new RangeError(
    `tensor ${quoted(name)}: maxError: expected at most ${maxError}, but sparsity ${sparsity} makes ${error}`,
  );
}

function whyNotShared(
  { positions, values }: PrunedWeights,
  { maxError = 0, share = "exact" }: TensorPlan,
  { type }: Tensor,
): Declined {
  if (maxError > 0) {
    return { kind: "error", reason: `shared values would have a relative error above ${maxError}` };
  }
  if (typeof share === "object")
    return { kind: "float16 range", reason: `a shared value is beyond the range of ${type}` };
  const zeros = positions === undefined ? values.filter((value) => value === 0) : [];
  const bothZeros = zeros.some((zero) => Object.is(zero, -0)) && zeros.some((zero) => Object.is(zero, 0));
  if (bothZeros) return { kind: "signed zeros", reason: "holds both 0 and -0 (see negativeZero)" };
  if (type === "float64" && !hasMoreValues(values, MAX_CENTROIDS)) {
    return { kind: "wide values", reason: `${type}: holds numbers that float32 lacks, which codes do not tell` };
  }
  return { kind: "many values", reason: "more than 65536 distinct values, zero included" };
}

/** Loss must save so many bytes: a single one may be lost again in the directory, which is deflated. */
const LEAST_GAIN = 2;

/**
 * The tensor with the exact values of what pruning has left, if sharing loses something and hardly saves a byte against that: it
 * is small, or its values are few already.
 */
function cheaperWithoutLoss(
  tensor: Tensor,
  context: {
    readonly encoded: EncodedTensor;
    readonly weights: PrunedWeights;
    readonly plan: TensorPlan;
    readonly allowance: Allowance;
  },
): EncodedTensor | undefined {
  const { encoded, weights, plan, allowance } = context;
  if (!(encoded.distortion > weights.pruned)) return undefined;
  const lossy = encoded.section.bytes.length;
  const exact = exactBelow(tensor, { weights, plan, allowance, bytes: lossy + LEAST_GAIN });
  if (exact === undefined) return undefined;
  const lossless = exact.section.bytes.length;
  return {
    ...exact,
    declined: { kind: "no gain", reason: `no loss pays: ${lossy} bytes with it, ${lossless} without` },
  };
}

/** Where weights have more distinct values than that, and so few bytes each as codes, no exact form takes fewer: none is tried. */
const [MANY_VALUES, FEW_BYTES_A_WEIGHT] = [2 ** 16 - 1, 2];

/** The exact values of what pruning has left, if they take fewer than so many bytes. */
function exactBelow(
  tensor: Tensor,
  context: {
    readonly weights: PrunedWeights;
    readonly plan: TensorPlan;
    readonly allowance: Allowance;
    readonly bytes: number;
  },
): EncodedTensor | undefined {
  const { weights, plan, allowance, bytes } = context;
  const centroidBytes = isFloat16(weights.values) ? 2 : 4; // each distinct value takes as much
  const { form = "auto" } = plan;
  if (!hasMoreValues(weights.values, bytes / centroidBytes)) {
    const exact = encodeTensor(tensor, withoutLoss(plan), allowance);
    return exact.section.bytes.length < bytes ? exact : undefined;
  }
  const areFewBytes = bytes <= FEW_BYTES_A_WEIGHT * weights.values.length;
  if (areFewBytes && hasMoreValues(weights.values, MANY_VALUES)) return undefined;
  const { pruned, energy } = weights;
  const section = form === "auto" ? plainSectionBelow(tensor, prunedElements(tensor, weights, plan), bytes) : undefined;
  return section && { section, distortion: pruned, energy };
}
