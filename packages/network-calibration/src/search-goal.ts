import { type SearchState, searchLambda } from "@deep-compression/rate-control";

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
  /** Elements of all weights. */
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

/** The fraction of the inputs that a first search goes by, and its trials. */
const [FIRST_FRACTION, FIRST_TRIALS] = [1 / 8, 4];
const MOST_TRIALS = 9;

/** How near to its limit an amount must come: then bytes are within 1 % of what they could be. */
const NEAR_ENOUGH = 0.98;
const FIRST_NEAR_ENOUGH = 0.8;

/** Lambdas whose ratio is below this give the same network, about. */
const NARROWEST = 1.01;

/** The most that lambda changes from one trial to the next while the limit is not bracketed. */
const LONGEST_STEP = 64;

/**
 * The lambda that meets a goal with the fewest bytes, or for a size with the least error: a first search by a fraction of the inputs
 * tells where to begin.
 *
 * @throws what `calibrate` throws
 */
export async function searchGoal<Trial extends GoalTrial>(search: GoalSearch<Trial>): Promise<GoalSearchResult<Trial>> {
  const { goal, weights, calibrate, onTrial } = search;
  const first = await driven(goal, {
    start: startOf(goal, weights),
    near: FIRST_NEAR_ENOUGH,
    maxTrials: FIRST_TRIALS,
    calibrate: (lambda) => calibrate(lambda, FIRST_FRACTION),
  });
  const curve: Trial[] = [];
  const start = first.nearest?.lambda ?? startOf(goal, weights);
  await driven(goal, {
    start,
    near: NEAR_ENOUGH,
    maxTrials: MOST_TRIALS,
    calibrate: async (lambda) => {
      const trial = await calibrate(lambda, 1);
      curve.push(trial);
      onTrial?.(trial);
      return trial;
    },
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
  readonly maxTrials: number;
  readonly calibrate: (lambda: number) => Promise<Trial>;
}

type Step<Trial> = { readonly lambda: number; readonly amount: number; readonly trial: Trial };

async function driven<Trial extends GoalTrial>(goal: Goal, { start, near, maxTrials, calibrate }: Drive<Trial>) {
  const amountOf = amountIn(goal);
  const limit = limitOf(goal);
  let nearest: Step<Trial> | undefined;
  const run = searchLambda<Step<Trial>>({
    start,
    limit,
    amount: "bytes" in goal ? "falls" : "rises",
    least: 0,
    most: Number.MAX_VALUE,
    maxTrials,
    near: () => near,
    narrowest: NARROWEST,
    nearest: "lambda",
    propose: (state) => proposed(state, goal),
  });
  for (let step = run.next(); !step.done; ) {
    const trial = await calibrate(step.value);
    const made = { lambda: step.value, amount: amountOf(trial), trial };
    if (nearest === undefined || Math.abs(made.amount - limit) < Math.abs(nearest.amount - limit)) nearest = made;
    step = run.next(made);
  }
  return { nearest };
}

/** How an amount goes with lambda, about: as its power. */
function powerOf(goal: Goal): number {
  if ("outputError" in goal) return 1 / 2;
  return "bytes" in goal ? -1 / 4 : 1;
}

function proposed<Trial>({ last, within, beyond, trials }: SearchState<Step<Trial>>, goal: Goal): number {
  const limit = limitOf(goal);
  const power = powerOf(goal);
  if (within === undefined || beyond === undefined) {
    const guess = (limit / last.amount) ** (1 / power);
    const isFurther = last.amount <= limit === power > 0; // towards larger lambdas
    const [least, most] = isFurther ? [1, LONGEST_STEP] : [1 / LONGEST_STEP, 1];
    const wanted = Number.isFinite(guess) && guess > 0 ? guess : isFurther ? most : least;
    // A little further than it seems, so that the limit is bracketed.
    const further = isFurther ? 1.2 * wanted : wanted / 1.2;
    return last.lambda * Math.min(most, Math.max(least, further));
  }
  const [x0, x1] = [Math.log(within.lambda), Math.log(beyond.lambda)];
  const [y0, y1] = [Math.log(within.amount), Math.log(beyond.amount)];
  // Just within the limit: aimed at its middle, the half of all proposals were beyond it.
  const aim = Math.log(limit * (1 + NEAR_ENOUGH)) - Math.log(2);
  const found = (aim - y0) / (y1 - y0);
  const inside = Number.isFinite(found) && trials % 4 !== 0 ? Math.min(0.9, Math.max(0.1, found)) : 1 / 2;
  return Math.exp(x0 + inside * (x1 - x0));
}
