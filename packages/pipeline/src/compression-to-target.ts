import { type Compressed, type Compression, type CountedSection, encodedTensors, fileOf } from "./compression";
import { type Followers, sampledFollowers } from "./followers";
import type { Plan, TensorPlan } from "./plan";
import { mostDistortion } from "./tensor-section";
import type { NetworkOutline } from "./tensor-source";

/** A result as close to the limit as this is close enough. */
const CLOSE = 0.999;

const AIM = 0.9996;

/** Each round encodes the whole network. */
const MOST_ROUNDS = 10;

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

/** What came of a lambda. */
interface Outcome {
  readonly lambda: number;
  readonly amount: number;
}

/** With the whole file. */
interface Round extends Outcome {
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
  let beyond: Outcome | undefined;
  let last = Number.NaN;
  let stuck = 0;
  for (let i = 0, lambda = solve(goal, followers, AIM * goal.limit); i < MOST_ROUNDS; i++) {
    const round = yield* encode(lambda);
    const { amount } = round;
    if (amount > goal.limit) beyond = nearer(goal, beyond, { lambda, amount });
    else within = nearer(goal, within, round);
    if (amount <= goal.limit && amount >= CLOSE * goal.limit) break;
    if (within !== undefined && beyond !== undefined && ratio(within.lambda, beyond.lambda) < 1.0005) break;
    const corrected = solve(goal, followers, goal.corrected(goal.estimate(lambda), amount));
    stuck = amount === last ? stuck + 1 : 0;
    const next = nextLambda({ corrected, lambda, stuck }, { within, beyond, round: i, rises: goal.rises });
    if (next === lambda) break;
    last = amount;
    if (lambda <= followers.lambdaLeast && next < lambda) break; // no codebook is finer
    lambda = Math.min(next, followers.lambdaMost);
  }
  if (within !== undefined) return within.file;
  const safest = yield* encode(goal.rises ? 0 : followers.lambdaMost);
  if (safest.amount <= goal.limit) return safest.file;
  throw unreachable(plan, goal.rises ? leastError(safest.amount, followers.energy) : safest.amount);
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
  const limit = mostDistortion(maxError, energy);
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
function solve({ estimate, rises }: Goal, { lambdaMost, lambdaLeast }: Followers, wanted: number): number {
  const tooHigh = (lambda: number) => (rises ? estimate(lambda) > wanted : estimate(lambda) < wanted);
  let high = Math.log2(lambdaMost);
  let low = high - 2;
  if (!tooHigh(lambdaMost)) return lambdaMost;
  for (; low > Math.log2(lambdaLeast) && tooHigh(2 ** low); low -= 2) high = low;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (tooHigh(2 ** middle)) high = middle;
    else low = middle;
  }
  return Math.max(lambdaLeast, 2 ** ((low + high) / 2));
}

/** Of rounds on the same side of the limit the one whose amount is nearer to it; of equals the one whose lambda is. */
function nearer<T extends Outcome>({ limit, rises }: Goal, known: T | undefined, round: T): T {
  if (known === undefined) return round;
  if (round.amount === known.amount) {
    const smaller = round.amount > limit === rises;
    return round.lambda < known.lambda === smaller ? round : known;
  }
  return Math.abs(round.amount - limit) < Math.abs(known.amount - limit) ? round : known;
}

function ratio(a: number, b: number): number {
  return Math.max(a, b) / Math.min(a, b);
}

/**
 * What was corrected; but files have steps: where it lies outside the bracket, and every other round, the middle of the
 * bracket, and where there is none and nothing changed, twice as far, then four times, sixteen times, ...
 */
function nextLambda(
  last: { readonly corrected: number; readonly lambda: number; readonly stuck: number },
  known: { readonly within?: Outcome; readonly beyond?: Outcome; readonly round: number; readonly rises: boolean },
): number {
  const { corrected, lambda, stuck } = last;
  const { within, beyond, round, rises } = known;
  if (within === undefined || beyond === undefined) {
    const larger = rises === (within !== undefined);
    const factor = 2 ** (2 ** (stuck - 1));
    return stuck === 0 ? corrected : larger ? lambda * factor : lambda / factor;
  }
  const [low, high] = [Math.min(within.lambda, beyond.lambda), Math.max(within.lambda, beyond.lambda)];
  return corrected > low && corrected < high && round % 2 === 0 ? corrected : Math.sqrt(low * high);
}

/** The least relative error that allows so much squared error. */
function leastError(distortion: number, energy: number): number {
  let least = distortion / energy;
  while (least < 1 && mostDistortion(least, energy) < distortion) least *= 1 + 1e-9;
  return Math.min(1, least);
}

function unreachable({ targetBytes, maxError }: Plan, least: number): RangeError {
  if (targetBytes === undefined) return new RangeError(`plan.maxError: expected at least ${least}, got ${maxError}`);
  return new RangeError(`plan.targetBytes: expected at least ${least} for this network and plan, got ${targetBytes}`);
}
