import { type Outcome, spendBytes } from "@deep-compression/rate-control";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 300 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function sum(ways: readonly (readonly Outcome[])[], choice: readonly number[]): Outcome {
  const chosen = choice.map((place, tensor) => ways[tensor][place]);
  return {
    bytes: chosen.reduce((total, { bytes }) => total + bytes, 0),
    error: chosen.reduce((total, { error }) => total + error, 0),
  };
}

/** Every choice of one way for each tensor. */
function allChoices(ways: readonly (readonly Outcome[])[]): number[][] {
  return ways.reduce<number[][]>(
    (choices, own) => choices.flatMap((choice) => own.map((_, place) => [...choice, place])),
    [[]],
  );
}

/** Up to four tensors with as many ways each, and a limit. */
const problems = fc.integer({ min: 1, max: 4 }).chain((trials) => {
  const way = fc.record({ bytes: fc.integer({ min: 1, max: 100 }), error: fc.double({ min: 0, max: 1, noNaN: true }) });
  return fc.record({
    ways: fc.array(fc.array(way, { minLength: trials, maxLength: trials }), { minLength: 1, maxLength: 4 }),
    limit: fc.integer({ min: 1, max: 400 }),
  });
});

describe("a mix of ways to store tensors", () => {
  test("is within the limit wherever any choice is, and leaves no step untaken that would fit", () => {
    fc.assert(
      fc.property(problems, ({ ways, limit }) => {
        const choice = spendBytes(ways, limit);
        const within = allChoices(ways).filter((one) => sum(ways, one).bytes <= limit);
        expect(choice === undefined).toBe(within.length === 0);
        if (choice === undefined) return;
        const { bytes, error } = sum(ways, choice);
        expect(bytes).toBeLessThanOrEqual(limit);
        for (const [tensor, own] of ways.entries()) {
          for (const place of own.keys()) {
            const step = sum(ways, choice.with(tensor, place));
            if (step.bytes <= limit) expect(step.error).toBeGreaterThanOrEqual(error - 1e-12);
          }
        }
      }),
      { numRuns },
    );
  });

  test("never loses more than a trial of the whole network, and seldom more than the best choice there is", () => {
    let optimal = 0;
    let all = 0;
    fc.assert(
      fc.property(problems, ({ ways, limit }) => {
        const choice = spendBytes(ways, limit);
        if (choice === undefined) return;
        const { error } = sum(ways, choice);
        for (const place of ways[0].keys()) {
          const trial = sum(
            ways,
            ways.map(() => place),
          );
          if (trial.bytes <= limit) expect(error).toBeLessThanOrEqual(trial.error + 1e-12);
        }
        const errors = allChoices(ways)
          .map((one) => sum(ways, one))
          .filter(({ bytes }) => bytes <= limit)
          .map((one) => one.error);
        all++;
        if (error <= Math.min(...errors) + 1e-12) optimal++;
      }),
      { numRuns },
    );
    expect(optimal / all).toBeGreaterThan(0.8);
  });

  test("spends what a small tensor leaves on the large one", () => {
    const small = [
      { bytes: 40, error: 0.1 },
      { bytes: 80, error: 0.01 },
    ];
    const large = [
      { bytes: 300, error: 0.2 },
      { bytes: 610, error: 0.02 },
      { bytes: 640, error: 0.01 },
    ];
    expect(spendBytes([small, large], 660)).toEqual([0, 1]);
    expect(spendBytes([small, large], 700)).toEqual([1, 1]);
    expect(spendBytes([small, large], 720)).toEqual([1, 2]);
    expect(spendBytes([small, large], 339)).toBeUndefined();
  });

  test("of no tensors is empty", () => {
    expect(spendBytes([], 10)).toEqual([]);
  });
});
