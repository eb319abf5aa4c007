import { fitCodebook } from "@deep-compression/codebook";
import { importances, values } from "@deep-compression/codebook/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 300 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** The least distortion over every way to cut the sorted values into at most `size` runs, each at its mean. */
function bruteForce(list: Float32Array, size: number, importance: Float32Array): number {
  const order = Array.from(list.keys()).sort((a, b) => list[a] - list[b]);
  const cost = (run: readonly number[]) => {
    const weight = run.reduce((sum, i) => sum + importance[i], 0);
    if (weight === 0) return 0;
    const mean = run.reduce((sum, i) => sum + importance[i] * list[i], 0) / weight;
    return run.reduce((sum, i) => sum + importance[i] * (list[i] - mean) ** 2, 0);
  };
  const least = (rest: readonly number[], cells: number): number => {
    if (rest.length === 0) return 0;
    if (cells === 1) return cost(rest);
    return Math.min(...rest.map((_, i) => cost(rest.slice(0, i + 1)) + least(rest.slice(i + 1), cells - 1)));
  };
  return least(order, size);
}

test("where Lloyd's linear start is stuck the optimum is not", () => {
  const list = Float32Array.of(0, 4, 5, 6, 10);
  const lloyd = fitCodebook(list, { size: 2 });
  const best = fitCodebook(list, { size: 2, method: "optimal" });
  expect(lloyd).toMatchObject({ codes: Uint8Array.of(0, 0, 0, 1, 1), distortion: 22 });
  expect(best).toMatchObject({ codes: Uint8Array.of(0, 1, 1, 1, 1), distortion: 20.75, optimal: true });
});

test("the optimum equals brute force over every partition", () => {
  const input = values({ maxLength: 9, maxMagnitude: 1000 }).chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.option(importances(list.length).map((weights) => weights.map((weight) => Math.min(weight, 1e6)))),
    ),
  );
  fc.assert(
    fc.property(input, fc.integer({ min: 1, max: 5 }), ([list, weights], size) => {
      const importance = weights ?? list.map(() => 1);
      const best = fitCodebook(list, { size, method: "optimal", importance });
      const expected = bruteForce(list, size, importance);
      const largest = list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const weight = importance.reduce((sum, one) => sum + one, 0);
      // Float32 centroids cost at most (2^-24 of the largest magnitude)^2 a unit of weight; the sums are float64.
      const slack = weight * (largest * 2 ** -24 + 2 ** -149) ** 2 * 4;
      expect(best.distortion).toBeLessThanOrEqual(expected * (1 + 1e-9) + slack);
      expect(best.distortion).toBeGreaterThanOrEqual(expected * (1 - 1e-9) - slack);
    }),
    { numRuns },
  );
});

test("the optimum never rises with one more centroid", () => {
  const random = seededRandom(5);
  const list = Float32Array.from({ length: 700 }, () => random() ** 3);
  let before = Number.POSITIVE_INFINITY;
  for (let size = 1; size <= 24; size++) {
    const { distortion } = fitCodebook(list, { size, method: "optimal" });
    expect(distortion).toBeLessThan(before);
    before = distortion;
  }
});

test("20,000 distinct values are fitted exactly", () => {
  const random = seededRandom(9);
  const list = Float32Array.from({ length: 20_000 }, () => random() + random() - 1);
  const best = fitCodebook(list, { size: 16, method: "optimal" });
  expect(best.optimal).toBe(true);
  expect(best.distortion).toBeLessThanOrEqual(fitCodebook(list, { size: 16, init: "density" }).distortion);
});
