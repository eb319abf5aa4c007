import {
  mostDistortion,
  type Outcome,
  searchTarget,
  spendBytes,
  type TensorRate,
  tensorRate,
} from "@deep-compression/rate-control";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { laplaceWeights, pruned } from "./weights";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Rate and distortion of a Gaussian source of `count` samples, whose squares sum to `energy`, by theory. */
function gaussian(count: number, energy: number): TensorRate {
  const variance = energy / count;
  // Each sample's distortion d falls by 2 ln 2 d a bit: at a lambda it is the lesser of lambda / (2 ln 2) and the variance.
  const at = (lambda: number) => {
    const each = Math.min(variance, lambda / (2 * Math.LN2));
    return { distortion: count * each, bits: (count / 2) * Math.log2(variance / each) };
  };
  return { at, count, energy, lambdaLeast: 1e-9 * variance };
}

/** What really comes of a tensor whose curve says so many bytes. */
type Reality = (bytes: number) => number;

/** Runs a search; the lambdas that it tried, what each tensor came to, and the mix that spends the limit best. */
function reached(limit: number, rates: readonly TensorRate[], reality: Reality) {
  const search = searchTarget(limit, rates);
  const lambdas: number[] = [];
  const ways = rates.map((): Outcome[] => []);
  let step = search.next();
  while (!step.done) {
    const lambda = step.value;
    lambdas.push(lambda);
    const outcomes = rates.map(({ at, energy }) => {
      const { bits, distortion } = at(lambda * energy);
      return { bytes: reality(bits / 8), error: distortion / energy };
    });
    for (const [i, outcome] of outcomes.entries()) ways[i].push(outcome);
    step = search.next(outcomes);
  }
  const mix = spendBytes(ways, limit);
  const chosen = mix?.map((place, i) => ways[i][place]);
  const bytes = chosen?.reduce((sum, way) => sum + way.bytes, 0);
  const error = chosen?.reduce((sum, way) => sum + way.error, 0);
  return { lambdas, bytes, error, chosen };
}

const tensors = fc.record({
  count: fc.integer({ min: 10 ** 5, max: 10 ** 8 }),
  energy: fc.double({ min: -20, max: 20, noNaN: true }).map((power) => 2 ** power),
});

describe("a search for a target", () => {
  test("ends within 0.1 % of it, if a file is so many bytes and a few percent more than the curves say", () => {
    const options = fc.record({
      bits: fc.double({ min: 0.5, max: 6, noNaN: true }),
      overhead: fc.integer({ min: 0, max: 200 }),
      slope: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(tensors, { minLength: 1, maxLength: 5 }), options, (list, { bits, overhead, slope }) => {
        const count = list.reduce((sum, tensor) => sum + tensor.count, 0);
        const limit = Math.ceil((count * bits) / 8) + overhead * list.length;
        const rates = list.map((tensor) => gaussian(tensor.count, tensor.energy));
        const { bytes, lambdas } = reached(limit, rates, (estimate) => Math.ceil(overhead + slope * estimate));
        expect(bytes).toBeLessThanOrEqual(limit);
        expect(bytes).toBeGreaterThanOrEqual(0.999 * limit);
        expect(lambdas.length).toBeLessThanOrEqual(6);
      }),
      { numRuns },
    );
  });

  test("gives each tensor the relative error that its number of weights is worth, however small its weights are", () => {
    const rates = [gaussian(10 ** 6, 1), gaussian(10 ** 5, 1e-12)];
    const { chosen } = reached(400_000, rates, (estimate) => Math.ceil(estimate));
    expect(chosen && chosen[0].error / chosen[1].error).toBeGreaterThan(5);
    expect(chosen && chosen[0].error / chosen[1].error).toBeLessThan(20);
  });

  test("of bytes that come in steps ends at the step below", () => {
    const rate = gaussian(10_000, 1);
    for (const limit of [1234, 2999, 4001]) {
      const { bytes } = reached(limit, [rate], (estimate) => 500 * Math.ceil(estimate / 500));
      expect(bytes).toBe(500 * Math.floor(limit / 500));
    }
  });

  test("finds nothing where no lambda is enough, has then tried the most, and tries none above it", () => {
    const { bytes, lambdas } = reached(100, [gaussian(1000, 5)], (estimate) => 101 + estimate);
    expect(bytes).toBeUndefined();
    expect(Math.max(...lambdas)).toBe(1);
  });

  test("tries the least lambda where everything fits, and none below", () => {
    const rate = gaussian(1000, 4);
    const { lambdas } = reached(10 ** 6, [rate], (estimate) => estimate);
    expect(lambdas).toEqual([rate.lambdaLeast / rate.energy]);
  });
});

describe("the rate of a tensor", () => {
  const options = { centroids: "auto", zeros: "auto" } as const;

  test("tells from a sample about what all its weights take and lose", () => {
    const all = laplaceWeights({ count: 30_000, density: 0.3, scale: 0.1 });
    const sampled = tensorRate(pruned(all), options);
    expect(sampled.count).toBe(pruned(all).values.length);
    const coarse = sampled.at(0.01 * sampled.energy);
    const fine = sampled.at(1e-6 * sampled.energy);
    expect(fine.bits).toBeGreaterThan(coarse.bits);
    expect(fine.distortion).toBeLessThan(coarse.distortion);
    expect(sampled.lambdaLeast).toBeLessThan(1e-6 * sampled.energy);
  });

  test("that pruning has emptied is what pruning took, at no bits", () => {
    const emptied = tensorRate(pruned(Float32Array.of(3, 4), 1), options);
    expect(emptied.at(1)).toEqual({ distortion: 25, bits: 0 });
    expect(emptied).toMatchObject({ energy: 25, count: 0, lambdaLeast: Number.POSITIVE_INFINITY });
  });
});

describe("relative errors", () => {
  test("allow no more squared error than they say, and hardly less", () => {
    const energies = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
    const fractions = fc.double({ min: 1e-12, max: 1, noNaN: true });
    fc.assert(
      fc.property(energies, fractions, (energy, fraction) => {
        expect(mostDistortion(fraction, energy)).toBeLessThanOrEqual(fraction * energy);
        expect(mostDistortion(fraction, energy)).toBeGreaterThan(0.999999 * fraction * energy);
      }),
      { numRuns: 5 * numRuns },
    );
    expect(mostDistortion(1, 7)).toBe(7);
    expect(mostDistortion(0, 7)).toBe(0);
  });
});
