import { type SearchState, searchLambda, type Trial } from "./lambda-search";
import { type Outcome, spendBytes, total } from "./spend-bytes";
import type { TensorRate } from "./tensor-rate";

/** Bytes as close to the limit as this are close enough. */
const CLOSE = 0.999;

/** The fraction of the limit that is aimed at. */
const AIM = 0.9996;

/** Trials this factor apart, one on each side of the limit, are mixed with a loss of 2 % at most. */
const NEAR_TRIALS = 1.6;

/** Each trial encodes all the tensors. */
const MAX_TRIALS = 10;

/** What came of a lambda. */
export interface TargetTrial {
  readonly lambda: number;
  readonly outcomes: readonly Outcome[];
}

/** The tensors' curves at a common lambda: the relative squared error that a bit is worth. */
interface Curves {
  /** Bytes of all tensors, corrected by what the latest trials came to. */
  readonly bytes: (lambda: number) => number;
  /** From `most` on no weight is worth a bit; below `least` nothing is shared more finely. */
  readonly most: number;
  readonly least: number;
}

/**
 * Searches how tensors may lose little within so many bytes. One lambda for all of them, the *relative* squared error that a
 * bit is worth, gives the least sum of the tensors' relative errors, and does not starve a layer of small weights beside one
 * of large ones. It is estimated from the curves and corrected by what each trial came to, until a mix of the trials
 * ({@link spendBytes}) comes close to the limit.
 *
 * Yields each lambda that it wants to try, to be multiplied by a tensor's energy, and is given what each tensor came to. If no
 * mix of the trials is within the limit, the smallest that there is has been tried.
 *
 * @param known what came of lambdas before, of a search with another limit
 * @returns those trials and the new ones
 */
export function* searchTarget(
  limit: number,
  rates: readonly TensorRate[],
  known: readonly TargetTrial[] = [],
): Generator<number, readonly TargetTrial[], readonly Outcome[]> {
  const distance = (trial: TargetTrial) => Math.abs(bytesOf(trial) - limit);
  const trials = known.toSorted((a, b) => distance(b) - distance(a)); // the next lambda starts from the nearest
  const curves = () => curvesOf(rates, trials);
  const ways = () => rates.map((_, tensor) => trials.map(({ outcomes }) => outcomes[tensor]!));
  if (trials.length > 0 && spends(ways(), limit)) return trials;
  const { least, most } = curves();
  const search = searchLambda<Trial>({
    start: lambdaFor(curves(), AIM * limit, trials.at(-1)?.lambda ?? theoreticalLambda(rates, limit)),
    limit,
    amount: "falls",
    least,
    most,
    maxTrials: MAX_TRIALS,
    near: () => CLOSE,
    narrowest: 1.0005,
    nearest: "amount",
    propose: (state) => nextLambda(state, curves(), limit),
  });
  let step = search.next();
  while (!step.done) {
    const trial = { lambda: step.value, outcomes: yield step.value };
    trials.push(trial);
    if (isBracketed(trials, limit) && spends(ways(), limit)) break;
    step = search.next({ lambda: trial.lambda, amount: bytesOf(trial) });
  }
  const isCoarsest = ({ lambda }: TargetTrial) => lambda >= most;
  if (spendBytes(ways(), limit) === undefined && !trials.some(isCoarsest)) {
    trials.push({ lambda: most, outcomes: yield most });
  }
  return trials;
}

/** Whether trials near to each other stand on both sides of the limit. */
function isBracketed(trials: readonly TargetTrial[], limit: number): boolean {
  const within = trials.filter((trial) => bytesOf(trial) <= limit).map(({ lambda }) => lambda);
  const beyond = trials.filter((trial) => bytesOf(trial) > limit).map(({ lambda }) => lambda);
  return Math.min(...within) <= NEAR_TRIALS * Math.max(...beyond);
}

function bytesOf({ outcomes }: TargetTrial): number {
  return outcomes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Whether a mix comes close to the limit. */
function spends(ways: readonly (readonly Outcome[])[], limit: number): boolean {
  const mix = spendBytes(ways, limit);
  return mix !== undefined && total(ways, mix).bytes >= CLOSE * limit;
}

/** The curves, and how the trials differ from them: heads and tables are not in a curve, and a sample is off by some percent. */
function curvesOf(rates: readonly TensorRate[], trials: readonly TargetTrial[]): Curves {
  const estimate = (lambda: number) => rates.reduce((sum, { at, energy }) => sum + at(lambda * energy).bits / 8, 0);
  const [before, last] = [trials.at(-2), trials.at(-1)];
  const relativeLeast = rates.map(({ lambdaLeast, energy }) => lambdaLeast / energy);
  const range = { most: 1, least: Math.min(1, ...relativeLeast) };
  if (last === undefined) return { bytes: estimate, ...range };
  const rise = before && (bytesOf(last) - bytesOf(before)) / (estimate(last.lambda) - estimate(before.lambda));
  const slope = rise !== undefined && rise > 0.5 && rise < 2 ? rise : 1;
  return { bytes: (lambda) => bytesOf(last) + slope * (estimate(lambda) - estimate(last.lambda)), ...range };
}

/**
 * What theory says of Gaussian sources at high rates: at a lambda each weight loses lambda / (2 ln 2) of the tensor's energy,
 * of which it has 1 / count.
 */
function theoreticalLambda(rates: readonly TensorRate[], limit: number): number {
  const bits = (lambda: number) =>
    rates.reduce((sum, { count }) => {
      const each = (2 * Math.LN2) / (lambda * Math.max(1, count));
      return sum + (count / 2) * Math.max(0, Math.log2(each));
    }, 0);
  let [low, high] = [-80, 0];
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (bits(2 ** middle) < 8 * limit) high = middle;
    else low = middle;
  }
  return 2 ** high;
}

/** Lambda at which the curves come to so many bytes: steps away from a guess, then halves the logarithm of the last step. */
function lambdaFor({ bytes, most, least }: Curves, wanted: number, guess: number): number {
  const [lowest, highest] = [Math.log2(least), Math.log2(most)];
  const fits = (power: number) => bytes(2 ** power) <= wanted;
  let high = Math.min(highest, Math.max(lowest, Math.log2(guess)));
  let low = high;
  if (fits(high)) {
    while (low > lowest && fits(low)) [low, high] = [Math.max(lowest, low - 1), low];
    if (fits(low)) return 2 ** low;
  } else {
    while (high < highest && !fits(high)) [low, high] = [high, Math.min(highest, high + 1)];
    if (!fits(high)) return 2 ** high;
  }
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return 2 ** high;
}

/**
 * What the curves say, corrected by the last trial; but files have steps: where that lies outside the bracket, and every
 * other trial, the middle of the bracket, and where there is none and nothing changed, twice as far, then four times,
 * sixteen times, ...
 */
function nextLambda({ last, within, beyond, trials, repeats }: SearchState<Trial>, curves: Curves, limit: number) {
  const { lambda } = last;
  const factor = 2 ** (2 ** (repeats - 1));
  if (within === undefined) {
    if (repeats > 0) return Math.min(curves.most, lambda * factor);
    return Math.max(1.02 * lambda, lambdaFor(curves, AIM * limit, lambda));
  }
  if (beyond === undefined) {
    if (repeats > 0) return lambda / factor;
    // A little beyond the limit, so that a mix of both trials can meet it.
    return Math.min(lambda / 1.02, lambdaFor(curves, limit / AIM, lambda));
  }
  const corrected = lambdaFor(curves, AIM * limit, lambda);
  const [low, high] = [Math.min(within.lambda, beyond.lambda), Math.max(within.lambda, beyond.lambda)];
  return corrected > low && corrected < high && trials % 2 === 1 ? corrected : Math.sqrt(low * high);
}
