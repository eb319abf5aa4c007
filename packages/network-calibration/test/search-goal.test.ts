import { type Goal, type GoalTrial, searchGoal } from "@deep-compression/network-calibration";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Error and bytes as powers of lambda, with steps as codes make them. */
const model = fc.record({
  weights: fc.integer({ min: 100, max: 1e7 }),
  errorScale: fc.double({ min: 0.1, max: 30, noNaN: true }),
  power: fc.double({ min: 0.3, max: 0.7, noNaN: true }),
  steps: fc.constantFrom<number>(0, 1e-3, 5e-3),
});

type Model = typeof model extends fc.Arbitrary<infer M> ? M : never;

function trialsOf({ weights, errorScale, power, steps }: Model) {
  const stepped = (value: number) => (steps === 0 ? value : Math.exp(Math.round(Math.log(value) / steps) * steps));
  return (lambda: number): GoalTrial => {
    const relative = lambda * weights;
    const outputError = stepped(errorScale * relative ** power);
    const bytes = Math.ceil(60 + (weights / 8) * stepped(Math.log2(1 + 0.5 / relative ** power)));
    return { lambda, outputError, bytes, drop: 20 * outputError - 0.05 };
  };
}

async function searched(made: Model, goal: Goal, noise = 0) {
  const calls: number[] = [];
  const exact = trialsOf(made);
  const trial = (lambda: number) => {
    const found = exact(lambda);
    return { ...found, outputError: found.outputError * (1 + noise * Math.sin(1e4 * Math.log(lambda))) };
  };
  const calibrate = async (lambda: number, fraction: number) => {
    calls.push(fraction);
    // Fewer inputs tell less: their errors are larger.
    return { ...trial(lambda), outputError: trial(lambda).outputError * (fraction < 1 ? 1.3 : 1) };
  };
  const result = await searchGoal({ goal, weights: made.weights, calibrate });
  return { ...result, calls };
}

test("an output error is met from below, to a few percent, in few trials", async () => {
  await fc.assert(
    fc.asyncProperty(model, fc.constantFrom(0.001, 0.01, 0.1), async (made, outputError) => {
      const { best, curve, calls } = await searched(made, { outputError });
      const meeting = curve.filter((trial) => trial.outputError <= outputError);
      expect(Math.max(...meeting.map((trial) => trial.outputError))).toBeGreaterThan(0.96 * outputError);
      expect(best!.bytes).toBe(Math.min(...meeting.map(({ bytes }) => bytes)));
      expect(calls.length).toBeLessThanOrEqual(13);
      expect(curve).toContain(best);
      expect(curve.map(({ lambda }) => lambda)).toEqual(curve.map(({ lambda }) => lambda).toSorted((a, b) => a - b));
    }),
    { numRuns },
  );
});

test("a size is met from below, to a few percent", async () => {
  await fc.assert(
    fc.asyncProperty(model, fc.double({ min: 0.1, max: 0.5, noNaN: true }), async (made, fraction) => {
      const bytes = Math.round(100 + fraction * made.weights);
      const { best, curve } = await searched(made, { bytes });
      const meeting = curve.filter((trial) => trial.bytes <= bytes);
      expect(Math.max(...meeting.map((trial) => trial.bytes))).toBeGreaterThan(0.96 * bytes);
      expect(best!.outputError).toBe(Math.min(...meeting.map(({ outputError }) => outputError)));
    }),
    { numRuns },
  );
});

test("two trials by all inputs meet an error that fewer inputs make larger, and one a size, as a rule", async () => {
  const large = model.map((made) => ({ ...made, weights: made.weights + 1e4 }));
  const fractionOfWeights = fc.double({ min: 0.1, max: 0.5, noNaN: true });
  const counts = { outputError: [] as number[], bytes: [] as number[] };
  await fc.assert(
    fc.asyncProperty(
      large,
      fc.constantFrom(0.001, 0.01, 0.1),
      fractionOfWeights,
      async (made, outputError, fraction) => {
        const full = async (goal: Goal) => (await searched(made, goal)).curve.length;
        counts.outputError.push(await full({ outputError }));
        counts.bytes.push(await full({ bytes: Math.round(100 + fraction * made.weights) }));
      },
    ),
    { numRuns },
  );
  const mean = (all: readonly number[]) => all.reduce((sum, count) => sum + count, 0) / all.length;
  expect(Math.max(...counts.outputError, ...counts.bytes)).toBeLessThanOrEqual(4);
  expect(mean(counts.outputError)).toBeLessThan(2.2);
  expect(mean(counts.bytes)).toBeLessThan(1.5);
});

test("an error with more noise than it must be met by takes about four trials by all inputs", async () => {
  const large = model.map((made) => ({ ...made, weights: made.weights + 1e4 }));
  const counts: number[] = [];
  await fc.assert(
    fc.asyncProperty(large, fc.constantFrom(0.001, 0.01, 0.1), async (made, outputError) => {
      counts.push((await searched(made, { outputError }, 0.03)).curve.length);
    }),
    { numRuns },
  );
  expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).toBeLessThan(4.1);
});

test("in front of a cliff, where a layer falls to nothing, a size is met as nearly as it can be", async () => {
  // 22,000 bytes and more up to lambda 5e-7, and 10,000 behind it.
  const trial = (lambda: number): GoalTrial => {
    const left = Math.log(5e-7 / lambda);
    if (left <= 0) return { lambda, bytes: 10_000, outputError: 0.8 };
    return { lambda, bytes: Math.ceil(22_000 + 60_000 * left ** 0.7), outputError: 0.1 };
  };
  for (const bytes of [30_000, 26_000, 24_600]) {
    const { best } = await searchGoal({
      goal: { bytes },
      weights: 430_000,
      calibrate: async (lambda) => trial(lambda),
    });
    expect(best?.outputError, `${bytes} bytes`).toBe(0.1);
  }
});

test("a drop of accuracy is met from below, and one of nothing by a small lambda", async () => {
  const made = { weights: 1e5, errorScale: 1, power: 0.5, steps: 0 };
  const half = await searched(made, { drop: 0.5 });
  expect(half.best!.drop).toBeLessThanOrEqual(0.5);
  expect(half.best!.drop).toBeGreaterThan(0.45);
  const none = await searched(made, { drop: 0 });
  expect(none.best!.drop).toBeLessThanOrEqual(0);
});

test("where nothing meets the goal there is no best, but what was tried", async () => {
  const calibrate = async (lambda: number) => ({ lambda, bytes: 1000, outputError: 0.5 });
  const { best, curve } = await searchGoal({ goal: { bytes: 999 }, weights: 100, calibrate });
  expect(best).toBeUndefined();
  expect(curve.length).toBeGreaterThan(1);
});

test("without weights there is one trial, which meets the goal or does not", async () => {
  const found = async (goal: Goal) => {
    let calls = 0;
    const calibrate = async (lambda: number): Promise<GoalTrial> => {
      calls++;
      return { lambda, bytes: 100, outputError: 0, drop: 0 };
    };
    const { best, curve } = await searchGoal({ goal, weights: 0, calibrate });
    return { calls, trials: curve.length, isMet: best === curve[0] };
  };
  expect(await found({ outputError: 0.01 })).toEqual({ calls: 1, trials: 1, isMet: true });
  expect(await found({ bytes: 100 })).toEqual({ calls: 1, trials: 1, isMet: true });
  expect(await found({ bytes: 99 })).toEqual({ calls: 1, trials: 1, isMet: false });
});
