import { type LambdaSearch, type SearchState, searchLambda, type Trial } from "./lambda-search";
import type { NetworkRate } from "./network-rate";

/** A file as close to the limit as this is close enough. */
const CLOSE = 0.999;

/** The fraction of the limit that is aimed at. */
const AIM = 0.9996;

/** Each trial encodes the whole network. */
const MAX_TRIALS = 10;

/** What a network may come to: bytes of its file, or squared error of the tensors that share values by one lambda. */
export interface Target {
  readonly of: "bytes" | "distortion";
  readonly limit: number;
}

/** What the curves say of a target. */
interface Goal extends Pick<LambdaSearch<Trial>, "amount" | "limit"> {
  /** The amount at a lambda, short of what the curves do not know. */
  readonly estimate: (lambda: number) => number;
  /** The estimate to aim at after a trial of this estimate and amount. */
  readonly corrected: (estimate: number, amount: number) => number;
}

/**
 * Searches the lambda that meets the target, to be driven as {@link searchLambda} is: it is estimated from the curves, and
 * corrected by what each trial of the whole network really came to.
 */
export function searchTarget<T extends Trial>(target: Target, rate: NetworkRate): Generator<number, T | undefined, T> {
  const goal = goalOf(target, rate);
  return searchLambda<T>({
    start: lambdaFor(goal, rate, AIM * goal.limit),
    limit: goal.limit,
    amount: goal.amount,
    least: rate.lambdaLeast,
    most: rate.lambdaMost,
    maxTrials: MAX_TRIALS,
    near: () => CLOSE,
    narrowest: 1.0005,
    nearest: "amount",
    propose: (state) => nextLambda(state, goal, rate),
  });
}

function goalOf({ of, limit }: Target, { at }: NetworkRate): Goal {
  if (of === "bytes") {
    return {
      limit,
      amount: "falls",
      estimate: (lambda) => at(lambda).bits / 8,
      corrected: (estimate, amount) => estimate + AIM * limit - amount,
    };
  }
  return {
    limit,
    amount: "rises",
    estimate: (lambda) => at(lambda).distortion,
    corrected: (estimate, amount) => (amount > 0 ? (estimate * AIM * limit) / amount : Number.POSITIVE_INFINITY),
  };
}

/**
 * Lambda at which the estimate is as wanted: steps down from the largest, where codebooks are small and quickly fitted, then
 * halves the logarithm of the last step.
 */
function lambdaFor({ estimate, amount }: Goal, { lambdaMost, lambdaLeast }: NetworkRate, wanted: number): number {
  const tooHigh = (lambda: number) => (amount === "rises" ? estimate(lambda) > wanted : estimate(lambda) < wanted);
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

/**
 * What the curves say, corrected by the last trial; but files have steps: where that lies outside the bracket, and every
 * other trial, the middle of the bracket, and where there is none and nothing changed, twice as far, then four times,
 * sixteen times, ...
 */
function nextLambda({ last, within, beyond, trials, repeats }: SearchState<Trial>, goal: Goal, rate: NetworkRate) {
  const { lambda, amount } = last;
  const corrected = lambdaFor(goal, rate, goal.corrected(goal.estimate(lambda), amount));
  if (within === undefined || beyond === undefined) {
    const larger = (goal.amount === "rises") === (within !== undefined);
    const factor = 2 ** (2 ** (repeats - 1));
    return repeats === 0 ? corrected : larger ? lambda * factor : lambda / factor;
  }
  const [low, high] = [Math.min(within.lambda, beyond.lambda), Math.max(within.lambda, beyond.lambda)];
  return corrected > low && corrected < high && trials % 2 === 1 ? corrected : Math.sqrt(low * high);
}

/** Whoever sums up the error in another order shall not find it above what was allowed. */
const ROUNDING = 1e-9;

/** The squared error that a relative one allows. */
export function mostDistortion(maxError: number, energy: number): number {
  return (maxError < 1 ? maxError * (1 - ROUNDING) : 1) * energy;
}

/** The least relative error that allows so much squared error. */
export function leastError(distortion: number, energy: number): number {
  let least = distortion / energy;
  while (least < 1 && mostDistortion(least, energy) < distortion) least *= 1 + 1e-9;
  return Math.min(1, least);
}
