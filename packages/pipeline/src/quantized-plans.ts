import {
  type Constant,
  type NetworkOutline,
  type NotQuantized,
  numericValues,
  type Quantization,
  type QuantizationConstants,
  quantizationOf,
  quantizedWeights,
  tensorUses,
} from "@deep-compression/network";
import type { Compression } from "./encode-network";
import { isByteType } from "./integer-weights";
import { allowsLoss, followsNetwork, type Plan, type TensorPlan, type ToldPlan } from "./plan";
import { ownPlans } from "./tensor-plans";

/**
 * Plans of tensors with what the network tells of 8-bit integers that the plan names and lets lose something: what they stand for, or
 * why they lose nothing all the same.
 *
 * @param plans those of the tensors of the outline, by name
 * @returns the plans that are other ones then; the generator yields the indices of tensors that hold scales and zero points
 */
export function* quantizedPlans(
  outline: NetworkOutline,
  plan: Plan,
  plans: ReadonlyMap<string, TensorPlan>,
): Compression<ReadonlyMap<string, ToldPlan>> {
  const told = new Map<string, ToldPlan>();
  const ownOf = ownPlans(plan);
  const asked = outline.tensors.filter(({ name, type }) => {
    const own = plans.get(name);
    return isByteType(type) && own && mayLose(own, plan) && own.quantization === undefined && ownOf(name) !== undefined;
  });
  if (asked.length === 0) return told;
  const uses = tensorUses(outline);
  const constants = quantizedWeights(outline);
  for (const { name, shape } of asked) {
    const { isWeight, as } = uses.get(name)!;
    const known = outline.quantizations?.get(name);
    const found = constants.get(name) ?? { whyNot: "nothing tells its zero point" };
    const quantization: Quantization | NotQuantized = isWeight
      ? (known ?? (yield* readQuantization(outline, shape, found)))
      : { whyNot: `no weight: ${as}` };
    const own = plans.get(name)!;
    told.set(name, "whyNot" in quantization ? { ...own, whyExact: quantization.whyNot } : { ...own, quantization });
  }
  return told;
}

function mayLose(own: TensorPlan, { targetBytes }: Plan): boolean {
  return allowsLoss(own) || (targetBytes !== undefined && followsNetwork(own));
}

function* readQuantization(
  outline: NetworkOutline,
  shape: readonly number[],
  found: QuantizationConstants | NotQuantized,
): Compression<Quantization | NotQuantized> {
  if ("whyNot" in found) return found;
  const zeroPoints = yield* readConstant(outline, found.zeroPoint);
  const scales = yield* readConstant(outline, found.scale);
  return quantizationOf(shape, { zeroPoints, scales, axis: found.axis });
}

function* readConstant(
  { tensors }: NetworkOutline,
  constant: Constant | undefined,
): Compression<Float32Array | undefined> {
  if (constant === undefined) return undefined;
  if ("tensor" in constant) return numericValues(constant.tensor);
  const index = tensors.findIndex(({ name }) => name === constant.tensorName);
  return numericValues({ ...tensors[index]!, bytes: yield index });
}
