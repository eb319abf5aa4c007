import { type SearchState, searchLambda } from "@deep-compression/rate-control";
import { type CurvePoint, nearestFirst, slopeAt } from "./amount-curve";

/** What a calibration at one lambda came to. */
export interface GoalTrial {
  readonly lambda: number;
  /** Of the whole file. */
  readonly bytes: number;
  /** ||y - y'|| / ||y|| on inputs that were held out, the largest of the outputs. */
  readonly outputError: number;
  /** Points of accuracy lost, where there are labels. */
  readonly drop?: number;
}

/** What is asked of a calibrated network: one of these. */
export type Goal =
  | { readonly outputError: number }
  | { readonly bytes: number }
  /** Points of accuracy that may be lost. */
  | { readonly drop: number };

export interface GoalSearch<Trial extends GoalTrial> {
  readonly goal: Goal;
  /** Elements of all weights. Of none there is one trial: lambda changes nothing. */
  readonly weights: number;
  /** Calibrates at a lambda, by a fraction of the inputs: fewer are taken for a first idea. */
  readonly calibrate: (lambda: number, fraction: number) => Promise<Trial>;
  /** Told each trial by all inputs. */
  readonly onTrial?: (trial: Trial) => void;
}

/** What a search has found: the best trial that meets the goal, if any does, and all by all inputs, by lambda. */
export interface GoalSearchResult<Trial extends GoalTrial> {
  readonly best: Trial | undefined;
  readonly curve: readonly Trial[];
}

/** The fraction of the inputs that a first search goes by, its trials, and how near it goes on either side of the limit. */
const [FIRST_FRACTION, FIRST_TRIALS] = [1 / 8, 4];
const FIRST_NEAR_ENOUGH = 0.95;
const MOST_TRIALS = 9;

/** How near to its limit an amount must come: then bytes are within 1 % of what they could be. */
const NEAR_ENOUGH = 0.98;

/** The part of the limit at which the first trial by all inputs is aimed: files by more inputs are up to 1 % larger. */
const FIRST_AIM = 0.985;

/** Lambdas whose ratio is below this give files whose bytes are within 1 % of each other. */
const NARROWEST = 1.04;

/** Unless a layer falls to nothing between them, and so do the bytes: then lambdas nearer to it keep more of it. */
const [CLIFF, NARROWEST_AT_CLIFF] = [1.08, 1.002];

/** The most that lambda changes from one trial to the next while the limit is not bracketed. */
const LONGEST_STEP = 64;

/**
 * The lambda that meets a goal with the fewest bytes, or for a size with the least error. A first search by a fraction of the inputs
 * tells where to begin and how the amount goes with lambda there: with all inputs it goes alike, but for a factor, so that two trials
 * are enough as a rule, and one where the factor is 1, as that of bytes is.
 *
 * @throws what `calibrate` throws
 */
export async function searchGoal<Trial extends GoalTrial>(search: GoalSearch<Trial>): Promise<GoalSearchResult<Trial>> {
  const { goal, weights, calibrate, onTrial } = search;
  const limit = limitOf(goal);
  const byAll = async (lambda: number) => {
    const trial = await calibrate(lambda, 1);
    onTrial?.(trial);
    return trial;
  };
  if (weights === 0) {
    const trial = await byAll(startOf(goal, weights));
    return { best: amountIn(goal)(trial) <= limit ? trial : undefined, curve: [trial] };
  }
  const first = await driven(goal, {
    start: startOf(goal, weights),
    near: FIRST_NEAR_ENOUGH,
    // The curve is what is looked for, not what meets the goal.
    isEnough: (amount) => amount >= FIRST_NEAR_ENOUGH * limit && amount <= limit / FIRST_NEAR_ENOUGH,
    maxTrials: FIRST_TRIALS,
    calibrate: (lambda) => calibrate(lambda, FIRST_FRACTION),
    known: [],
  });
  const curve: Trial[] = [];
  await driven(goal, {
    start: lambdaAt(FIRST_AIM * limit, first, goal) ?? startOf(goal, weights),
    near: NEAR_ENOUGH,
    isEnough: () => false,
    maxTrials: MOST_TRIALS,
    calibrate: async (lambda) => {
      const trial = await byAll(lambda);
      curve.push(trial);
      return trial;
    },
    known: first,
  });
  const amountOf = amountIn(goal);
  const meeting = curve.filter((trial) => amountOf(trial) <= limitOf(goal));
  const [least, thenLeast] =
    "bytes" in goal ? (["outputError", "bytes"] as const) : (["bytes", "outputError"] as const);
  const better = (a: Trial, b: Trial) => b[least] < a[least] || (b[least] === a[least] && b[thenLeast] < a[thenLeast]);
  const best = meeting.length === 0 ? undefined : meeting.reduce((kept, trial) => (better(kept, trial) ? trial : kept));
  return { best, curve: curve.toSorted((a, b) => a.lambda - b.lambda) };
}

function limitOf(goal: Goal): number {
  if ("outputError" in goal) return goal.outputError;
  return "bytes" in goal ? goal.bytes : goal.drop;
}

function amountIn(goal: Goal): (trial: GoalTrial) => number {
  if ("outputError" in goal) return ({ outputError }) => outputError;
  if ("bytes" in goal) return ({ bytes }) => bytes;
  return ({ drop }) => drop ?? Number.POSITIVE_INFINITY;
}

/** The output error that a drop of so many points goes with, to begin with. */
const ERROR_OF_A_POINT = 0.1;

/**
 * Where to begin: a squared error of D in all goes with lambda = 2 ln 2 D / weights where rate and distortion follow D = 4^-bits.
 */
function startOf(goal: Goal, weights: number): number {
  const squared =
    "bytes" in goal
      ? 4 ** -Math.min(16, (8 * goal.bytes) / weights)
      : ("outputError" in goal ? goal.outputError : ERROR_OF_A_POINT * Math.sqrt(Math.max(goal.drop, 0.01))) ** 2;
  return (2 * Math.LN2 * squared) / Math.max(1, weights);
}

interface Drive<Trial> {
  readonly start: number;
  readonly near: number;
  /** Whether to end with such an amount, whatever side of the limit it is on. */
  readonly isEnough: (amount: number) => boolean;
  readonly maxTrials: number;
  readonly calibrate: (lambda: number) => Promise<Trial>;
  /** Trials that tell how the amount goes with lambda until there are two of this search. */
  readonly known: readonly CurvePoint[];
}

/** A trial's place on the curve, and what its file takes. */
interface SearchPoint extends CurvePoint {
  readonly bytes: number;
}

/** @returns its trials */
async function driven<Trial extends GoalTrial>(goal: Goal, drive: Drive<Trial>): Promise<readonly CurvePoint[]> {
  const { near, isEnough, maxTrials, calibrate } = drive;
  const amountOf = amountIn(goal);
  const made: SearchPoint[] = [];
  const run = searchLambda<SearchPoint>({
    start: drive.start,
    limit: limitOf(goal),
    amount: "bytes" in goal ? "falls" : "rises",
    least: 0,
    most: Number.MAX_VALUE,
    maxTrials,
    near: () => near,
    narrowest: ({ bytes: a }, { bytes: b }) =>
      Math.max(a, b) > CLIFF * Math.min(a, b) ? NARROWEST_AT_CLIFF : NARROWEST,
    nearest: "lambda",
    propose: (state) => {
      const limit = limitOf(goal);
      const slope = slopeAt(limit, made, slopeAt(limit, drive.known, powerOf(goal)));
      return proposed(state, goal, { near, slope });
    },
  });
  for (let step = run.next(); !step.done; ) {
    const trial = await calibrate(step.value);
    const point = { lambda: step.value, amount: amountOf(trial), bytes: trial.bytes };
    made.push(point);
    if (isEnough(point.amount)) break;
    step = run.next(point);
  }
  return made;
}

/** Trials that aim at the middle of what is near enough, before they go a little further, so that the limit is bracketed. */
const PRECISE_TRIALS = 2;

function proposed(
  { last, within, beyond, trials }: SearchState<CurvePoint>,
  goal: Goal,
  { near, slope }: { readonly near: number; readonly slope: number },
): number {
  const limit = limitOf(goal);
  const aim = inside(limit, near);
  if (within === undefined || beyond === undefined) {
    const guess = (aim / last.amount) ** (1 / slope);
    const isFurther = last.amount <= limit === powerOf(goal) > 0; // towards larger lambdas
    const [least, most] = isFurther ? [1, LONGEST_STEP] : [1 / LONGEST_STEP, 1];
    const wanted = Number.isFinite(guess) && guess > 0 ? guess : isFurther ? most : least;
    const more = trials <= PRECISE_TRIALS ? 1 : FURTHER;
    return last.lambda * Math.min(most, Math.max(least, isFurther ? wanted * more : wanted / more));
  }
  const [x0, x1] = [Math.log(within.lambda), Math.log(beyond.lambda)];
  const [y0, y1] = [Math.log(within.amount), Math.log(beyond.amount)];
  const found = (Math.log(aim) - y0) / (y1 - y0);
  const isCliff = Math.abs(y1 - y0) > STEEPEST * Math.abs(x1 - x0); // then a line tells nothing of where it is
  const share = Number.isFinite(found) && !isCliff && trials % 4 !== 0 ? Math.min(0.9, Math.max(0.1, found)) : 1 / 2;
  return Math.exp(x0 + share * (x1 - x0));
}

const FURTHER = 1.2;

/** Amounts go with lambda as a power of 1 at most, but at a cliff. */
const STEEPEST = 4;

/** Just within the limit: aimed at the limit, the half of all trials are beyond it. */
function inside(limit: number, near: number): number {
  return (limit * (1 + near)) / 2;
}

/** How an amount goes with lambda, about: as its power. */
function powerOf(goal: Goal): number {
  if ("outputError" in goal) return 1 / 2;
  return "bytes" in goal ? -1 / 4 : 1;
}

/** The lambda at which a curve reaches an amount, along a line in logarithms; undefined if it tells nothing. */
function lambdaAt(amount: number, curve: readonly CurvePoint[], goal: Goal): number | undefined {
  const [nearest] = nearestFirst(amount, curve);
  if (nearest === undefined) return curve.at(-1)?.lambda;
  const step = (amount / nearest.amount) ** (1 / slopeAt(amount, curve, powerOf(goal)));
  return nearest.lambda * Math.min(LONGEST_STEP, Math.max(1 / LONGEST_STEP, step));
}
