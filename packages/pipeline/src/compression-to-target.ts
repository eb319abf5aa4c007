import { type Compressed, type Compression, type CountedSection, encodedTensors, fileOf } from "./compression";
import { type Followers, sampledFollowers } from "./followers";
import type { Plan, TensorPlan } from "./plan";
import type { NetworkOutline } from "./tensor-source";

/** A result as close to the limit as this is close enough. */
const CLOSE = 0.999;

const AIM = 0.9996;

/** Each round encodes the whole network. */
const MOST_ROUNDS = 8;

/** An amount that grows or shrinks with lambda and may be `limit` at most. */
interface Goal {
  readonly limit: number;
  /** What the curves say of it at a lambda, short of what they do not know. */
  readonly estimate: (lambda: number) => number;
  readonly rises: boolean;
  /** The estimate to aim at after a round whose estimate and amount are these. */
  readonly corrected: (estimate: number, amount: number) => number;
  readonly measure: (file: Compressed, sections: readonly CountedSection[]) => number;
}

/** A whole file at a lambda. */
interface Round {
  readonly lambda: number;
  readonly amount: number;
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
  const followers = yield* sampledFollowers(outline, plan, plans);
  const goal =
    plan.targetBytes === undefined ? errorGoal(plan.maxError ?? 0, followers) : bytesGoal(plan.targetBytes, followers);
  const encode = function* (lambda: number): Compression<Round> {
    const sections = yield* encodedTensors(outline, followers.plansAt(lambda));
    const file = fileOf(outline, plan, sections);
    return { lambda, file, amount: goal.measure(file, sections) };
  };
  if (goal.rises ? goal.limit === 0 : followers.rawBytes <= goal.limit) {
    const exact = yield* encode(0);
    if (exact.amount <= goal.limit) return exact.file;
  }
  let within: Round | undefined;
  let beyond: Round | undefined;
  let last = Number.NaN;
  for (let i = 0, lambda = solve(goal, followers, AIM * goal.limit); i < MOST_ROUNDS; i++) {
    const round = yield* encode(lambda);
    const { amount } = round;
    if (amount > goal.limit) beyond = nearer(goal, beyond, round);
    else within = nearer(goal, within, round);
    if ((amount <= goal.limit && amount >= CLOSE * goal.limit) || amount === last) break;
    last = amount;
    if (within !== undefined && beyond !== undefined && ratio(within.lambda, beyond.lambda) < 1.0005) break;
    const corrected = solve(goal, followers, goal.corrected(goal.estimate(lambda), amount));
    const next = withinBracket(corrected, within, beyond);
    if (next === lambda) break;
    lambda = next;
  }
  if (within !== undefined) return within.file;
  const safest = yield* encode(goal.rises ? 0 : followers.lambdaMost);
  if (safest.amount <= goal.limit) return safest.file;
  throw unreachable(plan, safest.amount / (goal.rises ? followers.energy : 1));
}

function bytesGoal(limit: number, { at }: Followers): Goal {
  return {
    limit,
    rises: false,
    estimate: (lambda) => at(lambda).bits / 8,
    corrected: (estimate, amount) => estimate + AIM * limit - amount,
    measure: ({ bytes }) => bytes.length,
  };
}

function errorGoal(maxError: number, { at, energy, indices }: Followers): Goal {
  const limit = maxError * energy;
  return {
    limit,
    rises: true,
    estimate: (lambda) => at(lambda).distortion,
    corrected: (estimate, amount) => (amount > 0 ? (estimate * AIM * limit) / amount : Number.POSITIVE_INFINITY),
    measure: (_, sections) => {
      const distortions = sections.map(({ section }, i) => (indices.has(i) ? section.distortion : 0));
      return distortions.reduce((sum, distortion) => sum + distortion, 0);
    },
  };
}

/**
 * Lambda at which the estimate is as wanted: steps down from the largest, where codebooks are small and quickly fitted, then
 * halves the logarithm of the last step.
 */
function solve({ estimate, rises }: Goal, { lambdaMost }: Followers, wanted: number): number {
  const tooHigh = (lambda: number) => (rises ? estimate(lambda) > wanted : estimate(lambda) < wanted);
  let high = Math.log2(lambdaMost);
  let low = high - 2;
  if (!tooHigh(lambdaMost)) return lambdaMost;
  for (const least = high - 64; low > least && tooHigh(2 ** low); low -= 2) high = low;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (tooHigh(2 ** middle)) high = middle;
    else low = middle;
  }
  return 2 ** ((low + high) / 2);
}

/** Of rounds on the same side of the limit the one whose amount is nearer to it. */
function nearer(goal: Goal, known: Round | undefined, round: Round): Round {
  if (known === undefined) return round;
  return Math.abs(round.amount - goal.limit) < Math.abs(known.amount - goal.limit) ? round : known;
}

function ratio(a: number, b: number): number {
  return Math.max(a, b) / Math.min(a, b);
}

function withinBracket(lambda: number, within: Round | undefined, beyond: Round | undefined): number {
  if (within === undefined || beyond === undefined) return lambda;
  const [low, high] = [Math.min(within.lambda, beyond.lambda), Math.max(within.lambda, beyond.lambda)];
  return lambda > low && lambda < high ? lambda : Math.sqrt(low * high);
}

function unreachable({ targetBytes, maxError }: Plan, least: number): RangeError {
  if (targetBytes === undefined) return new RangeError(`plan.maxError: expected at least ${least}, got ${maxError}`);
  return new RangeError(`plan.targetBytes: expected at least ${least} for this network and plan, got ${targetBytes}`);
}
