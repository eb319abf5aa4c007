import { assertTensor, floatValues, type NetworkOutline, type Tensor } from "@deep-compression/network";
import {
  leastError,
  mostDistortion,
  type NetworkRate,
  networkRate,
  searchTarget,
  type Target,
  type TensorRate,
  type Trial,
  tensorRate,
} from "@deep-compression/rate-control";
import { type Compressed, type Compression, type CountedTensor, encodedTensors, fileOf } from "./encode-network";
import { prunedWeights, rateOptions } from "./encode-tensor";
import { followsTarget, type Plan, type TensorPlan } from "./plan";

/** The tensors that share values by one lambda, by their index, and what samples tell of them. */
interface RateControlled {
  readonly indices: ReadonlySet<number>;
  readonly rate: NetworkRate;
}

/** What came of a lambda, and the whole file. */
interface Round extends Trial {
  readonly file: Compressed;
}

/**
 * A file within the plan's `targetBytes` or `maxError`: a lambda for all tensors that follow the target is estimated from
 * samples of them, the network encoded with it, and lambda corrected by what really came out, until it comes close.
 *
 * @throws RangeError if the target cannot be reached; of bytes it says the least that can
 */
export function* compressionToTarget(
  outline: NetworkOutline,
  plan: Plan,
  plans: readonly TensorPlan[],
): Compression<Compressed> {
  const { indices, rate } = yield* sampledRates(outline, plan, plans);
  const target = targetOf(plan, rate);
  const plansAt = (lambda: number) => plans.map((own, i) => (indices.has(i) ? sharing(own, lambda) : own));
  const encode = function* (lambda: number): Compression<Round> {
    const counted = yield* encodedTensors(outline, plansAt(lambda));
    const file = fileOf(outline, plan, counted);
    return { lambda, file, amount: target.of === "bytes" ? file.bytes.length : distortionOf(counted, indices) };
  };
  if (target.of === "bytes" ? rate.rawBytes <= target.limit : target.limit === 0) {
    const exact = yield* encode(0);
    if (exact.amount <= target.limit) return exact.file;
  }
  const search = searchTarget<Round>(target, rate);
  let step = search.next();
  while (!step.done) step = search.next(yield* encode(step.value));
  if (step.value !== undefined) return step.value.file;
  const safest = yield* encode(target.of === "bytes" ? rate.lambdaMost : 0);
  if (safest.amount <= target.limit) return safest.file;
  throw unreachable(plan, target.of === "bytes" ? safest.amount : leastError(safest.amount, rate.energy));
}

/** Reads the tensors that follow the plan's target, and keeps samples of them. */
function* sampledRates(
  { tensors }: NetworkOutline,
  plan: Plan,
  plans: readonly TensorPlan[],
): Compression<RateControlled> {
  const rates = new Map<number, TensorRate>();
  for (const [i, head] of tensors.entries()) {
    if (head.type !== "float32" || !followsTarget(plan, plans[i]!)) continue;
    const rate = sampledRate({ ...head, bytes: yield i }, plans[i]!);
    if (rate !== undefined) rates.set(i, rate);
  }
  return { indices: new Set(rates.keys()), rate: networkRate([...rates.values()]) };
}

/** Undefined for a tensor that is stored as it is, or has nothing but zeros. */
function sampledRate(tensor: Tensor, plan: TensorPlan): TensorRate | undefined {
  assertTensor(tensor);
  const weights = prunedWeights(floatValues(tensor), sharing(plan, 1));
  if (weights === undefined || (weights.values.length === 0 && weights.pruned === 0)) return undefined;
  return tensorRate(weights, rateOptions(weights, plan));
}

function targetOf({ targetBytes, maxError = 0 }: Plan, { energy }: NetworkRate): Target {
  if (targetBytes !== undefined) return { of: "bytes", limit: targetBytes };
  return { of: "distortion", limit: mostDistortion(maxError, energy) };
}

/** The plan with values shared at a lambda; at 0 they are kept exactly. */
function sharing(plan: TensorPlan, lambda: number): TensorPlan {
  if (lambda > 0) return { ...plan, share: { method: "entropy-constrained", lambda } };
  const { centroids, ...rest } = plan;
  return { ...rest, share: "exact", ...(centroids === "float32" && { centroids }) };
}

function distortionOf(counted: readonly CountedTensor[], indices: ReadonlySet<number>): number {
  return counted.reduce((sum, { distortion }, i) => sum + (indices.has(i) ? distortion : 0), 0);
}

function unreachable({ targetBytes, maxError }: Plan, least: number): RangeError {
  if (targetBytes === undefined) return new RangeError(`plan.maxError: expected at least ${least}, got ${maxError}`);
  return new RangeError(`plan.targetBytes: expected at least ${least} for this network and plan, got ${targetBytes}`);
}
