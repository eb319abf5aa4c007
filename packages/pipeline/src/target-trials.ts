import { assertTensor, floatValues, type NetworkOutline, type Tensor } from "@deep-compression/network";
import { type Outcome, type TensorRate, tensorRate } from "@deep-compression/rate-control";
import { type Compression, type CountedTensor, encodedTensor } from "./encode-network";
import { keepsFewValues } from "./encode-tensor";
import { errorEnergy } from "./error-energy";
import { FREE_ELEMENTS } from "./expansion-limit";
import { hasMoreValues } from "./few-values";
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
    if (head.type !== "float32" || !followsNetwork(plan)) continue;
    const tensor = { ...head, bytes: yield index };
    const sampled = sampledRate(tensor, plan);
    if (sampled === undefined) continue;
    const values = floatValues(tensor);
    const hasRepeats = !hasMoreValues(values, values.length / REPEATS);
    followers.push({ ...sampled, index, raw: tensor.bytes.length, hasRepeats, ways: [] });
  }
  return followers;
}

/** Undefined for a tensor that is stored as it is, or has nothing but zeros. */
function sampledRate(tensor: Tensor, plan: TensorPlan): Pick<Follower, "rate" | "energyRatio"> | undefined {
  assertTensor(tensor);
  const values = floatValues(tensor);
  const shared = { ...plan, ...sharedAt(1) };
  if (keepsFewValues(values, shared)) return undefined;
  const weights = prunedWeights(values, shared);
  if (weights === undefined || !(weights.energy > 0)) return undefined;
  const energy = errorEnergy(weights, plan, tensor.shape);
  return { rate: { ...tensorRate(weights, rateOptions(weights, plan)), energy }, energyRatio: weights.energy / energy };
}

/** Values shared by rate at a lambda. */
export function sharedAt(lambda: number): TensorPlan {
  return { share: { method: "entropy-constrained", lambda: Math.min(Number.MAX_VALUE, lambda) } };
}

/** Values shared a little finer than in a way that was tried: halfway to the next finer way, or by a quarter of its lambda. */
export function finerThan(way: Way, ways: readonly Way[]): TensorPlan {
  const lambdas = ways.filter(({ bytes }) => bytes > way.bytes).map(({ plan }) => lambdaOf(plan));
  const lambda = lambdaOf(way.plan);
  const next = Math.max(...lambdas.filter((other) => other < lambda));
  return sharedAt(next > 0 ? Math.sqrt(lambda * next) : lambda / 4);
}

/** 0 for exact values. */
function lambdaOf({ share }: TensorPlan): number {
  return typeof share === "object" && share.method === "entropy-constrained" ? share.lambda : 0;
}

/** Sections that are kept of all trials; those beyond are made again if they are wanted. */
const KEPT_BYTES = 2 ** 26;

/** Encodes all followers, and adds what came out to the ways of each. */
export function* trial(
  { tensors }: NetworkOutline,
  options: {
    readonly plans: readonly TensorPlan[];
    readonly followers: readonly Follower[];
    readonly sharing: (follower: Follower, place: number) => TensorPlan;
  },
): Compression<readonly Outcome[]> {
  const { plans, followers, sharing } = options;
  const sections = followers.flatMap(({ ways }) => ways.map(({ counted }) => counted?.section.bytes.length ?? 0));
  let left = KEPT_BYTES - sections.reduce((sum, bytes) => sum + bytes, 0);
  const outcomes: Outcome[] = [];
  for (const [place, follower] of followers.entries()) {
    const { index, energyRatio, ways } = follower;
    const plan = { ...plans[index]!, ...sharing(follower, place) };
    const counted = encodedTensor({ ...tensors[index]!, bytes: yield index }, plan, FREE_ELEMENTS);
    const bytes = counted.section.bytes.length;
    const isKept = bytes <= left;
    if (isKept) left -= bytes;
    const way = { bytes, error: counted.error * energyRatio, plan, counted: isKept ? counted : undefined };
    ways.push(way);
    outcomes.push(way);
  }
  return outcomes;
}
