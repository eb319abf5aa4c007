import { elementCount, isFloat16 } from "@deep-compression/bits";
import { ELEMENT_TYPES, floatValues, type Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { denseVector, findNotFinite, type PrunedWeights, prunes } from "@deep-compression/sparse";
import {
  type CodedForm,
  type CodedSection,
  cheapestSection,
  type ElementSource,
  encodeRaw,
  encodeRawBelow,
  isGrid,
  leastPrecision,
  type RawSection,
  type SharedWeights,
  sharedElements,
  sharedWeights,
  wrapSection,
} from "@deep-compression/tensor-codec";
import type { Declined } from "./declined";
import { freeElementsOf } from "./expansion-limit";
import { hasFewValues, hasMoreValues } from "./few-values";
import { isRatePlan, type TensorPlan } from "./plan";
import { scaledValues } from "./scaled-values";
import { prunedWeights, sharedValues } from "./shared-values";

/** A tensor on its way into a file: its section, what it loses, and why it is not what the plan asked for, if so. */
export interface EncodedTensor {
  readonly section: CodedSection | RawSection;
  /** Sum of squared errors, and sum of squares of the tensor as it came; 0 and 0 for other types than float32. */
  readonly distortion: number;
  readonly energy: number;
  readonly declined?: Declined;
}

/** How one tensor is stored, if coded ones may still have `freeElements` more than their bytes justify. */
export function encodeTensor(tensor: Tensor, plan: TensorPlan, freeElements: number): EncodedTensor {
  const asItIs = (declined: Declined) => ({
    section: bitForBit(tensor, tensor.bytes),
    distortion: 0,
    energy: 0,
    declined,
  });
  if (tensor.type !== "float32") return asItIs({ kind: "type", reason: `${tensor.type}: only float32 is coded` });
  const values = floatValues(tensor);
  if (values.length === 0) return asItIs({ kind: "empty", reason: "no elements" });
  if (keepsFewValues(values, plan)) return keptFewValues(tensor, plan, freeElements);
  const weights = prunedWeights(values, plan);
  if (weights === undefined) {
    const odd = findNotFinite(values);
    return asItIs({ kind: "not finite", reason: `element ${odd} is ${values[odd]}: only finite weights are coded` });
  }
  const encoded = encodedWeights(tensor, weights, { plan, freeElements });
  return cheaperWithoutLoss(tensor, { encoded, weights, plan, freeElements }) ?? encoded;
}

/** Whether the plan allows loss, but not for this tensor. */
export function keepsFewValues(values: Float32Array, plan: TensorPlan): boolean {
  return plan.fewValues === "keep" && allowsLoss(plan) && hasFewValues(values);
}

function keptFewValues(tensor: Tensor, plan: TensorPlan, freeElements: number): EncodedTensor {
  const { sparsity, ...unpruned } = withoutLoss(plan);
  const encoded = encodeTensor(tensor, unpruned, freeElements);
  return { ...encoded, declined: { kind: "few values", reason: "a constant, a mask or a table of few values" } };
}

/** Whether values may change, by pruning or by sharing. */
function allowsLoss({ sparsity = 0, share = "exact", maxError = 0 }: TensorPlan): boolean {
  return sparsity > 0 || typeof share === "object" || maxError > 0;
}

/** The plan with the exact values of what its pruning leaves. */
function withoutLoss({ share, maxError, centroids, ...rest }: TensorPlan): TensorPlan {
  return { ...rest, share: "exact", ...(centroids === "float32" && { centroids }) };
}

function encodedWeights(
  tensor: Tensor,
  weights: PrunedWeights,
  { plan, freeElements }: { readonly plan: TensorPlan; readonly freeElements: number },
): EncodedTensor {
  const { energy, pruned } = weights;
  const coded = codedSection(tensor, weights, { plan, freeElements });
  const elements = () => prunedElements(tensor, weights, plan);
  if (!("section" in coded)) {
    return { section: bitForBit(tensor, elements()), distortion: pruned, energy, declined: coded };
  }
  const { section, distortion, declined } = coded;
  const encoded = { section, distortion, energy, ...(declined && { declined }) };
  if (plan.form !== undefined && plan.form !== "auto") return encoded;
  const { length } = section.bytes;
  if (hardlyRepeat(coded.shared)) return encoded;
  const isExact = !(distortion > pruned);
  const plain = encodeRawBelow(isExact ? elements() : elementsOf(coded.shared), { bits: 32, bytes: length + 1 });
  if (plain === undefined) return encoded;
  const found = wrapped(plain, tensor.shape);
  if (!isExact) return { ...encoded, section: found };
  const reason = `too small to gain: ${length} bytes coded, ${found.bytes.length} ${found.form}`;
  return { section: found, distortion: pruned, energy, declined: { kind: "no gain", reason } };
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

/** The elements that pruning leaves; as they are, if it changes none. */
function prunedElements({ bytes }: Tensor, weights: PrunedWeights, plan: TensorPlan): Uint8Array {
  const changed = prunes(weights.length, plan.sparsity) || plan.negativeZero === "drop";
  return changed ? bytesOf(allElements(weights)) : bytes;
}

/** Elements as they are, deflated if that saves bytes. */
function bitForBit({ type, shape }: Tensor, elements: Uint8Array): RawSection {
  return wrapped(encodeRaw(elements, { bits: ELEMENT_TYPES[type].bits }), shape);
}

/** Elements that are deflated, deflated once more if that saves bytes. */
function wrapped(section: RawSection, shape: readonly number[]): RawSection {
  return section.form === "raw" ? section : wrapSection(section, shape);
}

/** A tensor in codes, and the weights that share values. */
interface CodedTensor extends Pick<EncodedTensor, "distortion" | "declined"> {
  readonly section: CodedSection;
  readonly shared: SharedWeights;
}

/** The tensor in codes; of several ways to share values in the best. */
function codedSection(
  { name, shape }: Tensor,
  weights: PrunedWeights,
  { plan, freeElements }: { readonly plan: TensorPlan; readonly freeElements: number },
): CodedTensor | Declined {
  const { share, form = "auto" } = plan;
  checkPruning(name, weights, plan);
  if (share === "none" || form === "raw") return { kind: "by plan", reason: "the plan asks for no codes" };
  const unscaled = sharedValues(weights, plan, shape).map((shared) => sharedWeights(weights, shared, shape));
  const ways = [...unscaled, ...scaledValues(weights, plan, shape)];
  if (ways.length === 0) return whyNotShared(weights, plan);
  const coded = ways.map((shared) => encodedValues(shared, { plan, form, freeElements }));
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
  options: { readonly plan: TensorPlan; readonly form: "auto" | CodedForm; readonly freeElements: number },
): CodedTensor | Declined {
  const { plan, form, freeElements } = options;
  const { gapBits = "auto", lineMaps = "auto", order = "auto", centroids: wanted = "auto" } = plan;
  const precision = wanted === "float32" ? wanted : leastPrecision(shared.centroids);
  const section = cheapestSection(shared, { form, gapBits, lineMaps, order, precision });
  if (section === undefined) {
    return { kind: "signed zeros", reason: `holds -0, whose sign the form ${form} does not keep` };
  }
  const { length } = section.bytes;
  const elements = elementCount(shared.shape);
  if (freeElementsOf(elements, length) > freeElements) {
    const reason = `${elements} elements in ${length} bytes: readers would refuse so few`;
    return { kind: "expansion limit", reason };
  }
  const encoded = { section, distortion: shared.distortion, shared };
  if (wanted !== "float16" || precision !== "float32") return encoded;
  const reason = "float32 centroids: one is beyond the range of float16";
  return { ...encoded, declined: { kind: "float16 range", reason } };
}

/** @throws RangeError if pruning alone loses more than the plan allows */
function checkPruning(name: string, { pruned, energy }: PrunedWeights, { sparsity, maxError }: TensorPlan): void {
  if (maxError === undefined || pruned <= maxError * energy) return;
  const error = `a relative error of ${Math.min(1, (pruned / energy) * (1 + Number.EPSILON))} by itself`; // not below it by rounding
  throw new RangeError(
    `tensor ${quoted(name)}: maxError: expected at most ${maxError}, but sparsity ${sparsity} makes ${error}`,
  );
}

function whyNotShared({ positions, values }: PrunedWeights, { maxError = 0 }: TensorPlan): Declined {
  if (maxError > 0) {
    return { kind: "error", reason: `shared values would have a relative error above ${maxError}` };
  }
  const zeros = positions === undefined ? values.filter((value) => value === 0) : [];
  const bothZeros = zeros.some((zero) => Object.is(zero, -0)) && zeros.some((zero) => Object.is(zero, 0));
  if (bothZeros) return { kind: "signed zeros", reason: "holds both 0 and -0 (see negativeZero)" };
  return { kind: "many values", reason: "more than 65536 distinct values, zero included" };
}

/**
 * The tensor with the exact values of what pruning has left, if sharing loses something and saves no byte against that: it
 * is small, or its values are few already.
 */
function cheaperWithoutLoss(
  tensor: Tensor,
  context: {
    readonly encoded: EncodedTensor;
    readonly weights: PrunedWeights;
    readonly plan: TensorPlan;
    readonly freeElements: number;
  },
): EncodedTensor | undefined {
  const { encoded, weights, plan, freeElements } = context;
  if (!(encoded.distortion > weights.pruned)) return undefined;
  const lossy = encoded.section.bytes.length;
  const exact = exactBelow(tensor, { weights, plan, freeElements, bytes: lossy + 1 });
  if (exact === undefined) return undefined;
  const lossless = exact.section.bytes.length;
  return {
    ...exact,
    declined: { kind: "no gain", reason: `no loss pays: ${lossy} bytes with it, ${lossless} without` },
  };
}

/** The exact values of what pruning has left, if they take fewer than so many bytes. */
function exactBelow(
  tensor: Tensor,
  context: {
    readonly weights: PrunedWeights;
    readonly plan: TensorPlan;
    readonly freeElements: number;
    readonly bytes: number;
  },
): EncodedTensor | undefined {
  const { weights, plan, freeElements, bytes } = context;
  const values = floatValues(tensor);
  const centroidBytes = isFloat16(values) ? 2 : 4; // each distinct value takes as much
  const { form = "auto" } = plan;
  if (!hasMoreValues(values, bytes / centroidBytes)) {
    const exact = encodeTensor(tensor, withoutLoss(plan), freeElements);
    return exact.section.bytes.length < bytes ? exact : undefined;
  }
  const { pruned, energy } = weights;
  const section =
    form === "auto" ? encodeRawBelow(prunedElements(tensor, weights, plan), { bits: 32, bytes }) : undefined;
  return section && { section, distortion: pruned, energy };
}

/** The elements that weights with shared values stand for, made as they are asked for: those of a large tensor seldom are. */
function elementsOf(shared: SharedWeights): ElementSource {
  const bytes = Float32Array.BYTES_PER_ELEMENT;
  return {
    length: bytes * elementCount(shared.shape),
    subarray: (start, end) => bytesOf(sharedElements(shared, start / bytes, end / bytes)),
  };
}

function allElements({ length, positions, values }: PrunedWeights): Float32Array {
  return positions === undefined ? values : denseVector({ length, positions, values });
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
