import { assign, type CodebookFit, type FitOptions, fitCodebook, MAX_OPTIMAL_SIZE } from "@deep-compression/codebook";
import { importances, values } from "@deep-compression/codebook/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plainOptimum } from "./plain-k-means";
import { plainLloyd } from "./plain-lloyd";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const slow = process.env.DEEP_COMPRESSION_RUNS !== undefined;

const inits = ["linear", "density", "random"] as const;
const options = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  method: fc.constantFrom("lloyd" as const, "optimal" as const),
  init: fc.constantFrom(...inits),
  seed: fc.nat(),
});

function fitWith(list: Float32Array, { seed, ...rest }: FitOptions & { readonly seed: number }): CodebookFit {
  return fitCodebook(list, { ...rest, random: seededRandom(seed) });
}

/**
 * What float32 centroids and float64 sums may add to a distortion: a float32 mean is off by at most 2^-24 of the largest
 * magnitude, which costs its square for each value.
 */
function slack(list: Float32Array, importance?: Float32Array): number {
  const largest = list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const weight = importance?.reduce((sum, one) => sum + one, 0) ?? list.length;
  return weight * (largest * 2 ** -24 + 2 ** -149) ** 2 * 4;
}

function gaussian(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random();
    return sum * 0.1;
  });
}

function laplace(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => Math.log(1 - random()) * (random() < 0.5 ? -0.05 : 0.05));
}

test("no values have no centroids", () => {
  const nothing = { centroids: new Float32Array(0), codes: new Uint8Array(0), distortion: 0, iterations: 0 };
  expect(fitCodebook(new Float32Array(0), { size: 4 })).toMatchObject(nothing);
});

test("one centroid is the mean", () => {
  expect(fitCodebook(Float32Array.of(1, 2, 6), { size: 1 })).toMatchObject({
    centroids: Float32Array.of(3),
    distortion: 14,
  });
});

test("importance pulls a centroid to the heavier value", () => {
  const importance = Float32Array.of(3, 1);
  const fit = fitCodebook(Float32Array.of(0, 4), { size: 1, importance });
  expect(fit).toMatchObject({ centroids: Float32Array.of(1), distortion: 12 });
});

test("no more distinct values than centroids: those are the centroids, whatever the method", () => {
  for (const method of ["lloyd", "optimal"] as const) {
    const fit = fitCodebook(Float32Array.of(3, -1, 3, 0, -0), { size: 4, method });
    expect(fit).toMatchObject({ centroids: Float32Array.of(-1, 0, 3), distortion: 0, optimal: true });
    expect(fit.codes).toEqual(Uint8Array.of(2, 0, 2, 1, 1));
  }
});

test("a value of importance 0 has no centroid of its own, even where there is room", () => {
  const importance = Float32Array.of(1, 0, 1);
  const fit = fitCodebook(Float32Array.of(1, 5, 6), { size: 3, importance });
  expect(fit).toMatchObject({ centroids: Float32Array.of(1, 6), codes: Uint8Array.of(0, 1, 1), distortion: 0 });
});

test("a mean that float32 rounds to -0 is the centroid 0", () => {
  const least = 2 ** -149;
  for (const method of ["lloyd", "optimal"] as const) {
    const { centroids } = fitCodebook(Float32Array.of(-least, 0, 0, 0, 0), { size: 1, method });
    expect([...centroids]).toEqual([0]); // toEqual tells 0 from -0
  }
});

test("linear initialisation keeps the few large weights, density loses them", () => {
  const list = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? 10 : (i % 100) / 1000));
  const start = { size: 4, maxIterations: 0 } as const;
  const linear = fitCodebook(list, { ...start, init: "linear" });
  const density = fitCodebook(list, { ...start, init: "density" });
  expect(linear.centroids.at(-1)).toBe(10);
  expect(density.centroids.at(-1)).toBeLessThan(1);
});

test("empty cells of the linear start are refilled: the codebook is as large as asked for", () => {
  const list = Float32Array.from({ length: 500 }, (_, i) => (i === 0 ? 1000 : i / 500));
  expect(fitCodebook(list, { size: 32 }).centroids.length).toBe(32);
});

test("a random start is repeatable by its seed, and other seeds give other codebooks", () => {
  const list = gaussian(500, 1);
  const fit = (seed: number) => fitWith(list, { size: 16, init: "random", maxIterations: 1, seed });
  expect(fit(1)).toEqual(fit(1));
  expect(fit(1).centroids).not.toEqual(fit(2).centroids);
});

test("wrong arguments name themselves", () => {
  const list = Float32Array.of(1, 2);
  expect(() => fitCodebook(Float32Array.of(1, Number.NaN), { size: 2 })).toThrow(/^values\[1\].*NaN/);
  expect(() => fitCodebook(Float32Array.of(Number.POSITIVE_INFINITY), { size: 2 })).toThrow(/^values\[0\]/);
  for (const size of [0, 1.5, 65537, Number.NaN]) expect(() => fitCodebook(list, { size })).toThrow(/^size.*got/);
  expect(() => fitCodebook(list, { size: MAX_OPTIMAL_SIZE + 1, method: "optimal" })).toThrow(/^size.*1024/);
  expect(() => fitCodebook(list, { size: 1, init: "random" })).toThrow(/^random/);
  expect(() => fitCodebook(list, { size: 1, importance: Float32Array.of(1) })).toThrow(/^importance/);
  expect(() => fitCodebook(list, { size: 1, importance: Float32Array.of(1, -1) })).toThrow(/^importance\[1\]/);
  expect(() => fitCodebook(list, { size: 1, importance: Float32Array.of(0, 0) })).toThrow(/^importance/);
  expect(() => fitCodebook(list, { size: 1, maxIterations: -1 })).toThrow(/^maxIterations/);
});

test("any fit has ascending centroids, none without a value, each value at its nearest, and the distortion it states", () => {
  fc.assert(
    fc.property(values(), options, (list, chosen) => {
      const fit = fitWith(list, chosen);
      expect(fit.centroids.length).toBeLessThanOrEqual(chosen.size);
      expect(fit.centroids.every((c, k) => k === 0 || c > fit.centroids[k - 1])).toBe(true);
      expect(new Set(fit.codes).size).toBe(fit.centroids.length);
      expect(fit.codes).toEqual(assign(list, fit.centroids));
      const errors = Array.from(list, (value, i) => (value - fit.centroids[fit.codes[i]]) ** 2);
      expect(fit.distortion).toBe(errors.reduce((sum, error) => sum + error, 0));
    }),
    { numRuns },
  );
});

test("Lloyd's distortion never rises from one iteration to the next", () => {
  fc.assert(
    fc.property(values(), options, (list, chosen) => {
      let before = Number.POSITIVE_INFINITY;
      for (let maxIterations = 0; maxIterations < 8; maxIterations++) {
        const { distortion } = fitWith(list, { ...chosen, method: "lloyd", maxIterations });
        expect(distortion).toBeLessThanOrEqual(before * (1 + 1e-9) + slack(list));
        before = distortion;
      }
    }),
    { numRuns },
  );
});

test("the optimum is never above Lloyd, from any start, with and without importance", () => {
  const weighted = values({ minLength: 1 }).chain((list) =>
    fc.tuple(fc.constant(list), fc.option(importances(list.length))),
  );
  fc.assert(
    fc.property(weighted, options, ([list, weights], chosen) => {
      const importance = weights ?? undefined;
      const best = fitCodebook(list, { size: chosen.size, method: "optimal", importance });
      const lloyd = fitWith(list, { ...chosen, method: "lloyd", importance });
      expect(best.distortion).toBeLessThanOrEqual(lloyd.distortion * (1 + 1e-6) + slack(list, importance));
    }),
    { numRuns },
  );
});

test("Lloyd on prefix sums is Lloyd: it ends where the plain algorithm does", () => {
  const list = gaussian(2000, 7);
  for (const size of [2, 5, 16]) {
    const { centroids } = fitCodebook(list, { size, init: "linear" });
    const plain = plainLloyd(list, size);
    expect(centroids.length).toBe(size);
    for (let k = 0; k < size; k++) expect(centroids[k]).toBeCloseTo(plain[k], 6);
  }
});

test("above 32,768 distinct values the optimum is not proven, and is that of dynamic programming over all values", () => {
  const tails = gaussian(40_000, 3).map((value) => value ** 7); // bins of equal counts would have no cuts among the large
  for (const list of [tails, gaussian(50_000, 4), laplace(50_000, 5), gaussian(60_000, 6), laplace(60_000, 7)]) {
    const best = fitCodebook(list, { size: 32, method: "optimal" });
    expect(best.optimal).toBe(false);
    const exact = plainOptimum(list, 32);
    expect(best.distortion).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
    expect(best.distortion).toBeLessThanOrEqual(exact * (1 + 1e-8));
  }
});

test.runIf(slow)("300,000 values: within 1e-8 of the exact optimum for 32 centroids, within 1e-4 for 256", () => {
  for (const list of [gaussian(300_000, 8), laplace(300_000, 9)]) {
    for (const [size, slack] of [
      [32, 1e-8],
      [256, 1e-4],
    ]) {
      const exact = plainOptimum(list, size);
      expect(fitCodebook(list, { size, method: "optimal" }).distortion).toBeLessThanOrEqual(exact * (1 + slack));
    }
  }
});
