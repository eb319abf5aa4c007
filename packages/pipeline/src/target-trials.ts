import { assertTensor, isFloatType, type NetworkOutline, numericValues, type Tensor } from "@deep-compression/network";
import { type Outcome, type TensorRate, tensorRate } from "@deep-compression/rate-control";
import type { Allowance } from "./allowance";
import { type Compression, type CountedTensor, encodedTensor } from "./encode-network";
import { keepsFewValues } from "./encode-tensor";
import { errorEnergy } from "./error-energy";
import { hasMoreValues } from "./few-values";
import { isByteType } from "./integer-weights";
import { followsNetwork, type TensorPlan } from "./plan";
import { prunedWeights } from "./shared-values";
import { rateOptions } from "./values-by-rate";

/** A tensor that follows the target: its place in the network, what a sample tells of it, and how it may be stored. */
export interface Follower {
  readonly index: number;
  /** Its energy is that which the plan's errors are relative to; the tensor's own is so many times that. */
  readonly rate: TensorRate;
  readonly energyRatio: number;
  /** Bytes of its elements. */
  readonly raw: number;
  /** Whether exact codes may take a small part of its bytes. */
  readonly hasRepeats: boolean;
  /** In the order in which they were tried. */
  readonly ways: Way[];
}

/** A way to store a tensor that was tried. */
export interface Way extends Outcome {
  readonly plan: TensorPlan;
  /** Kept as long as that takes little memory. */
  readonly counted: CountedTensor | undefined;
}

/** Elements for each distinct value from which on they are worth the try of exact codes. */
const REPEATS = 4;

/** Reads the tensors that follow the plan's target, and keeps samples of them. */
export function* sampledFollowers({ tensors }: NetworkOutline, plans: readonly TensorPlan[]): Compression<Follower[]> {
  const followers: Follower[] = [];
  for (const [index, head] of tensors.entries()) {
    const plan = plans[index]!;
    const mayLose = isFloatType(head.type) || (isByteType(head.type) && plan.quantization !== undefined);
    if (!mayLose || !followsNetwork(plan)) continue;
    const tensor = { ...head, bytes: yield index };
    const sampled = sampledRate(tensor, plan);
    if (sampled === undefined) continue;
    const values = numericValues(tensor);
    const hasRepeats = !hasMoreValues(values, values.length / REPEATS);
    followers.push({ ...sampled, index, raw: tensor.bytes.length, hasRepeats, ways: [] });
  }
  return followers;
}

/** Undefined for a tensor that is stored as it is, or has nothing but zeros. */
function sampledRate(tensor: Tensor, plan: TensorPlan): Pick<Follower, "rate" | "energyRatio"> | undefined {
  assertTensor(tensor);
  const values = numericValues(tensor);
  const shared = { ...plan, ...sharedAt(1) };
  if (keepsFewValues(tensor, values, shared)) return undefined;
  const weights = prunedWeights(tensor, values, shared);
  if (weights === undefined || !(weights.energy > 0)) return undefined;
  const energy = errorEnergy(weights, plan, tensor.shape);
  return { rate: { ...tensorRate(weights, rateOptions(weights, plan)), energy }, energyRatio: weights.energy / energy };
}

/** Values shared by rate at a lambda. */
export function sharedAt(lambda: number): TensorPlan {
  return { share: { method: "entropy-constrained", lambda: Math.min(Number.MAX_VALUE, lambda) } };
}

/** Lambdas and errors this factor apart have nothing between them. */
const NARROWEST = 1.02;

/** Where nothing finer has been tried yet, lambda or the error falls by this factor. */
const STEP = 4;

/**
 * Values shared finer than in one of the ways of a follower: by an error halfway to the next finer one that was tried, or a step
 * from it; undefined if there is nothing between them, or nothing finer. Where pruning takes part of the error, by lambda.
 */
export function finerThan(
  way: Way,
  { ways, rate: { lambdaLeast } }: Pick<Follower, "ways" | "rate">,
): TensorPlan | undefined {
  const finer = ways.filter(({ bytes, error }) => bytes > way.bytes && error < way.error);
  if (way.plan.sparsity === undefined) {
    const errors = finer.map(({ plan, error }) => plan.maxError ?? error).filter((other) => other > 0);
    const maxError = way.error === 0 ? undefined : between(way.error, errors);
    return maxError === undefined ? undefined : { share: undefined, maxError };
  }
  const lambda = lambdaOf(way.plan);
  const lambdas = finer.map(({ plan }) => lambdaOf(plan)).filter((other) => other > 0);
  const next = lambda > lambdaLeast ? between(lambda, lambdas) : undefined;
  return next === undefined ? undefined : sharedAt(Math.max(lambdaLeast, next));
}

/** Values shared by a fraction of the error of a way; undefined if it has none, or pruning takes part of it. */
export function smallerError({ error, plan }: Way, fraction: number): TensorPlan | undefined {
  return error > 0 && plan.sparsity === undefined ? { share: undefined, maxError: fraction * error } : undefined;
}

/** Halfway in the logarithm from a number to the highest of lower ones, or a step below it if there is none. */
function between(from: number, others: readonly number[]): number | undefined {
  const next = Math.max(0, ...others.filter((other) => other < from));
  if (next === 0) return from / STEP;
  return from / next < NARROWEST ? undefined : Math.sqrt(from * next);
}

/** 0 for exact values. */
function lambdaOf({ share }: TensorPlan): number {
  return typeof share === "object" && share.method === "entropy-constrained" ? share.lambda : 0;
}

/** Sections that are kept of all trials; those beyond are made again if they are wanted. */
const KEPT_BYTES = 2 ** 26;

/** Encodes all followers for which there is something to try, and adds what came out to the ways of each. */
export function* trial(
  { tensors }: NetworkOutline,
  options: {
    readonly plans: readonly TensorPlan[];
    readonly followers: readonly Follower[];
    readonly allowance: Allowance;
    readonly sharing: (follower: Follower, place: number) => TensorPlan | undefined;
  },
): Compression<readonly Outcome[]> {
  const { plans, followers, sharing } = options;
  const sections = followers.flatMap(({ ways }) => ways.map(({ counted }) => counted?.section.bytes.length ?? 0));
  let left = KEPT_BYTES - sections.reduce((sum, bytes) => sum + bytes, 0);
  const outcomes: Outcome[] = [];
  let { contextTime } = options.allowance;
  for (const [place, follower] of followers.entries()) {
    const { index, energyRatio, ways } = follower;
    const own = sharing(follower, place);
    if (own === undefined) continue;
    const plan = { ...plans[index]!, ...own };
    const counted = encodedTensor({ ...tensors[index]!, bytes: yield index }, plan, {
      ...options.allowance,
      contextTime,
    });
    contextTime -= counted.used.contextTime;
    const bytes = counted.section.bytes.length;
    const isKept = bytes <= left;
    if (isKept) left -= bytes;
    const way = { bytes, error: counted.error * energyRatio, plan, counted: isKept ? counted : undefined };
    ways.push(way);
    outcomes.push(way);
  }
  return outcomes;
}
