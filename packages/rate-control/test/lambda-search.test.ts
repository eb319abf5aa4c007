import { type LambdaSearch, type SearchState, searchLambda, type Trial } from "@deep-compression/rate-control";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Between the ends of the bracket, or four times as far towards the root where one is missing. */
function bisect({ last, within, beyond }: SearchState<Trial>, amount: "rises" | "falls"): number {
  if (within !== undefined && beyond !== undefined) return Math.sqrt(within.lambda * beyond.lambda);
  const up = (within !== undefined) === (amount === "rises");
  return up ? 4 * last.lambda : last.lambda / 4;
}

const options = {
  start: 1,
  limit: 100,
  amount: "rises",
  least: 0,
  most: Number.MAX_VALUE,
  maxTrials: 80,
  near: () => 0.999,
  narrowest: 1.0001,
  nearest: "lambda",
} as const;

/** Runs a search for an amount that is a function of lambda; all its trials, and what it returns. */
function found(amountAt: (lambda: number) => number, own: Partial<LambdaSearch<Trial>> = {}) {
  const all = { ...options, ...own };
  const states: SearchState<Trial>[] = [];
  const propose = (state: SearchState<Trial>) => {
    states.push(state);
    return (own.propose ?? ((one) => bisect(one, all.amount)))(state);
  };
  const search = searchLambda<Trial>({ ...all, propose });
  const trials: Trial[] = [];
  let step = search.next();
  while (!step.done) {
    const trial = { lambda: step.value, amount: amountAt(step.value) };
    trials.push(trial);
    step = search.next(trial);
  }
  return { trial: step.value, trials, states };
}

/** Powers, with steps or without: amounts that go one way with lambda. */
const curves = fc.record({
  amount: fc.constantFrom("rises" as const, "falls" as const),
  exponent: fc.double({ min: 0.3, max: 3, noNaN: true }),
  scale: fc.double({ min: -20, max: 20, noNaN: true }).map((power) => 2 ** power),
  steps: fc.constantFrom(0, 0, 1, 7),
  start: fc.double({ min: -20, max: 20, noNaN: true }).map((power) => 2 ** power),
  nearest: fc.constantFrom("lambda" as const, "amount" as const),
});

type Curve = typeof curves extends fc.Arbitrary<infer C> ? C : never;

function amountOf({ amount, exponent, scale, steps }: Curve): (lambda: number) => number {
  return (lambda) => {
    const exact = (scale * lambda) ** (amount === "rises" ? exponent : -exponent);
    return steps === 0 ? exact : steps * Math.round(exact / steps);
  };
}

describe("a search", () => {
  test("finds the root of any amount that goes one way, or as near as its steps allow", () => {
    fc.assert(
      fc.property(curves, (curve) => {
        const { amount, start, nearest } = curve;
        const at = amountOf(curve);
        const { trial, trials } = found(at, { amount, start, nearest });
        if (trial === undefined) throw new Error("nothing found");
        expect(trial.amount).toBeLessThanOrEqual(100);
        expect(trial.amount).toBe(Math.max(...trials.map((one) => one.amount).filter((one) => one <= 100)));
        if (trial.amount >= 99.9) return;
        // Nothing is nearer: just beyond the bracket the amount is above the limit.
        const step = amount === "rises" ? 1.0001 : 1 / 1.0001;
        expect(at(trial.lambda * step)).toBeGreaterThan(100);
      }),
      { numRuns },
    );
  });

  test("never widens its bracket, and keeps the root in it", () => {
    fc.assert(
      fc.property(curves, (curve) => {
        const { amount, start, nearest } = curve;
        const { states } = found(amountOf(curve), { amount, start, nearest });
        const sign = amount === "rises" ? 1 : -1;
        states.forEach(({ within, beyond }, i) => {
          if (within !== undefined) expect(within.amount).toBeLessThanOrEqual(100);
          if (beyond !== undefined) expect(beyond.amount).toBeGreaterThan(100);
          if (within !== undefined && beyond !== undefined) {
            expect(sign * Math.log(within.lambda)).toBeLessThan(sign * Math.log(beyond.lambda));
          }
          const before = states[i - 1];
          if (before?.within !== undefined && within !== undefined) {
            expect(sign * within.lambda).toBeGreaterThanOrEqual(sign * before.within.lambda);
          }
          if (before?.beyond !== undefined && beyond !== undefined) {
            expect(sign * beyond.lambda).toBeLessThanOrEqual(sign * before.beyond.lambda);
          }
        });
      }),
      { numRuns },
    );
  });

  test("by the amount takes the trial whose amount is nearest, though its lambda is not", () => {
    // An amount with a dip: at 2 it is less than at 1.
    const amounts: Readonly<Record<number, number>> = { 1: 80, 2: 60, 3: 90, 4: 120 };
    const propose = ({ last }: SearchState<Trial>) => last.lambda + 1;
    const run = (nearest: "lambda" | "amount", maxTrials: number) =>
      found((lambda) => amounts[lambda], { nearest, maxTrials, propose }).trial?.lambda;
    expect([run("lambda", 2), run("amount", 2)]).toEqual([2, 1]);
    expect([run("lambda", 4), run("amount", 4)]).toEqual([3, 3]);
  });

  test("ends after so many trials, with none within the limit or with the nearest", () => {
    const over = found(() => 101, { maxTrials: 7 });
    expect(over.trials).toHaveLength(7);
    expect(over.trial).toBeUndefined();
    expect(found((lambda) => lambda / 2 ** 30, { maxTrials: 3 }).trial?.lambda).toBe(16);
  });

  test("ends where the amount is near enough, which may be less with each trial", () => {
    const near = (trials: number) => [1, 1, 0.9][trials - 1] ?? 0;
    const propose = ({ last }: SearchState<Trial>) => 1.01 * last.lambda;
    expect(found((lambda) => 99 * lambda, { near, propose }).trials.map(({ lambda }) => lambda)).toEqual([
      1,
      1.01,
      1.01 ** 2,
    ]);
    expect(found(() => 100, { near: () => 1 }).trials).toHaveLength(1);
    expect(found(() => 0, { limit: 0, near: () => 1 }).trials).toHaveLength(1);
  });

  test("ends where the bracket is as narrow as it gets", () => {
    const { trials, trial } = found((lambda) => (lambda < 1.5 ? 10 : 1000), { narrowest: 1.1 });
    expect(trial?.amount).toBe(10);
    expect(trials.length).toBeLessThan(8);
    const narrower = found((lambda) => (lambda < 1.5 ? 10 : 1000), {
      narrowest: (within, beyond) => (beyond.amount > 2 * within.amount ? 1.01 : 1.1),
    });
    expect(narrower.trials.slice(0, trials.length)).toEqual(trials);
    expect(narrower.trials.length).toBeGreaterThan(trials.length);
  });

  test("ends where the next lambda is the last again, or is none", () => {
    for (const next of [1, 0, -1, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(found(() => 10, { propose: () => next }).trials, `${next}`).toHaveLength(1);
    }
    expect(
      found(() => 10, { most: Number.POSITIVE_INFINITY, propose: () => Number.POSITIVE_INFINITY }).trials,
    ).toHaveLength(1);
  });

  test("tries none above the most, and nothing below the least, where nothing changes", () => {
    expect(found(() => 10, { most: 3, maxTrials: 9 }).trials.map(({ lambda }) => lambda)).toEqual([1, 3]);
    const down = found(() => 1000, { least: 0.2, maxTrials: 9 }).trials.map(({ lambda }) => lambda);
    expect(down).toEqual([1, 1 / 4, 1 / 16]);
  });

  test("tells how often in a row the amount has not changed", () => {
    const amounts = [5, 5, 5, 6, 6, 5];
    const { states } = found((lambda) => amounts[Math.log2(lambda)], {
      maxTrials: 6,
      propose: ({ last }) => 2 * last.lambda,
    });
    expect(states.map(({ repeats }) => repeats)).toEqual([0, 1, 2, 0, 1, 0]);
    expect(states.map(({ trials }) => trials)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
