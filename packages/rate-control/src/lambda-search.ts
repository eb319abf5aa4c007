/** What came of a lambda: an amount, bytes or squared error, that may be at most a limit. */
export interface Trial {
  readonly lambda: number;
  readonly amount: number;
}

/** What a search knows after a trial. */
export interface SearchState<T extends Trial> {
  readonly last: T;
  /** The trial within the limit, and the one beyond it, that are nearest to the root. */
  readonly within?: T;
  readonly beyond?: T;
  /** Trials made. */
  readonly trials: number;
  /** For how many trials in a row the amount has not changed. */
  readonly repeats: number;
}

export interface LambdaSearch<T extends Trial> {
  readonly start: number;
  readonly limit: number;
  /** How the amount goes with lambda. */
  readonly amount: "rises" | "falls";
  /** Lambdas below `least` change nothing; none above `most` is tried. */
  readonly least: number;
  readonly most: number;
  readonly maxTrials: number;
  /** The fraction of the limit that is near enough after so many trials. */
  readonly near: (trials: number) => number;
  /** Lambdas within and beyond the limit whose ratio is below this have nothing between them: always, or by what came of both. */
  readonly narrowest: number | ((within: T, beyond: T) => number);
  /** Which trials bracket the root: nearest to it in lambda, or, where the amount has large steps, in the amount. */
  readonly nearest: "lambda" | "amount";
  /** The next lambda to try. */
  readonly propose: (state: SearchState<T>) => number;
}

/**
 * The root-finder of rate control: brackets the lambda at which an amount that rises or falls with lambda reaches its
 * limit. Yields each lambda that it wants to try and is given what came of it; ends where the amount is near enough below
 * the limit, the bracket is as narrow as it gets, or trials are used up.
 *
 * @returns the trial within the limit that is nearest to the root; undefined if none is within
 */
export function* searchLambda<T extends Trial>(options: LambdaSearch<T>): Generator<number, T | undefined, T> {
  const { limit, least, most, maxTrials, near, narrowest, propose } = options;
  let within: T | undefined;
  let beyond: T | undefined;
  let repeats = 0;
  let before = Number.NaN;
  for (let trials = 1, lambda = options.start; trials <= maxTrials; trials++) {
    const last = yield lambda;
    if (last.amount <= limit) within = nearer(within, last, options);
    else beyond = nearer(beyond, last, options);
    repeats = last.amount === before ? repeats + 1 : 0;
    before = last.amount;
    if (within !== undefined && within.amount >= near(trials) * limit) break;
    if (within !== undefined && beyond !== undefined) {
      const narrow = typeof narrowest === "number" ? narrowest : narrowest(within, beyond);
      if (ratio(within.lambda, beyond.lambda) < narrow) break;
    }
    const next = Math.min(most, propose({ last, within, beyond, trials, repeats }));
    if (next === lambda || !(next > 0 && next < Number.POSITIVE_INFINITY)) break;
    if (lambda <= least && next < lambda) break;
    lambda = next;
  }
  return within;
}

/** Of trials on the same side of the limit the one that is nearer to the root; of equal amounts the one whose lambda is. */
function nearer<T extends Trial>(known: T | undefined, trial: T, { limit, amount, nearest }: LambdaSearch<T>): T {
  if (known === undefined) return trial;
  if (nearest === "lambda" || trial.amount === known.amount) {
    const smaller = trial.amount > limit === (amount === "rises");
    return trial.lambda < known.lambda === smaller ? trial : known;
  }
  return Math.abs(trial.amount - limit) < Math.abs(known.amount - limit) ? trial : known;
}

function ratio(a: number, b: number): number {
  return Math.max(a, b) / Math.min(a, b);
}
