import { roundToFloat16 } from "@deep-compression/bits";
import {
  assign,
  distributionOf,
  type EntropyConstrainedFit,
  type EntropyConstrainedOptions,
  fitCodebook,
  fitEntropyConstrained,
  quantize,
} from "@deep-compression/codebook";
import { importances, values } from "@deep-compression/codebook/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const weights = { minLength: 1, maxLength: 60, maxMagnitude: 100 } as const;
const lambdas = fc.oneof(fc.constantFrom(0, 1e-6, 1, 1e9), fc.double({ min: 1e-6, max: 100, noNaN: true }));
const settings = fc.record({
  lambda: lambdas,
  maxSize: fc.constantFrom(1, 2, 3, 8, 256),
  bitsPerCentroid: fc.constantFrom(0, 3, 19),
  zero: fc.constantFrom("none" as const, "symbol" as const),
  precision: fc.constantFrom("float32" as const, "float16" as const),
});
const inputs = values(weights).chain((list) =>
  fc.record({
    list: fc.constant(list),
    zeros: fc.constantFrom(0, 1, 100),
    importance: fc.option(
      importances(list.length).map((all) => all.map((weight) => Math.min(weight, 1000))),
      { nil: undefined },
    ),
  }),
);

function gaussian(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from(
    { length: count },
    () => 0.1 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

function laplace(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => 0.05 * Math.log(1 - random()) * (random() < 0.5 ? -1 : 1));
}

function entropyBits(counts: ArrayLike<number>): number {
  const list = Array.from(counts).filter((count) => count > 0);
  const total = list.reduce((sum, count) => sum + count, 0);
  return list.reduce((sum, count) => sum + count * Math.log2(total / count), 0);
}

function costOf(fit: EntropyConstrainedFit, lambda: number): number {
  return fit.distortion + lambda * fit.bits;
}

/** What float64 sums and float32 centroids may add to a distortion. */
function slack(list: Float32Array, importance: Float32Array | undefined): number {
  const largest = list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const weight = importance?.reduce((sum, one) => sum + one, 0) ?? list.length;
  return weight * (1e-12 * largest * largest + 4 * 2 ** -298);
}

/**
 * The least cost over every way to cut the sorted distinct values into cells, with ideal rates; with a cell of 0, also over
 * every run of cells that is it.
 */
function bruteForce(list: Float32Array, zeros: number, options: EntropyConstrainedOptions): number {
  const { lambda, maxSize = 256, bitsPerCentroid = 19 } = options;
  const sorted = Array.from(list, (value) => value + 0).sort((a, b) => a - b);
  const points = [...new Set(sorted)];
  const cost = (cells: readonly (readonly number[])[], zeroCell: number) => {
    const counts = cells.map((cell, k) => cell.length + (k === zeroCell ? zeros : 0));
    const distortion = cells.reduce((sum, cell, k) => {
      const mean = k === zeroCell ? 0 : cell.reduce((s, value) => s + value, 0) / cell.length;
      return sum + cell.reduce((s, value) => s + (value - mean) ** 2, 0);
    }, 0);
    return distortion + lambda * (entropyBits(counts) + bitsPerCentroid * cells.length);
  };
  let least = Number.POSITIVE_INFINITY;
  for (let subset = 0; subset < 2 ** (points.length - 1); subset++) {
    const bounds = points.filter((_, i) => i > 0 && (subset >> (i - 1)) & 1);
    const edges = [Number.NEGATIVE_INFINITY, ...bounds, Number.POSITIVE_INFINITY];
    const cells = edges.slice(1).map((edge, k) => sorted.filter((value) => value >= edges[k] && value < edge));
    const withoutZero = options.zero !== "symbol" || zeros === 0;
    if (withoutZero && cells.length <= maxSize) least = Math.min(least, cost(cells, -1));
    if (options.zero !== "symbol") continue;
    // The cell of 0 is one of the cells that hold 0 or stand beside it, or an empty one between them.
    for (let k = 0; k <= cells.length; k++) {
      const negativeBefore = cells.slice(0, k).every((cell) => cell.every((value) => value < 0));
      const isZero = negativeBefore && cells.slice(k + 1).every((cell) => cell.every((value) => value > 0));
      if (isZero && k < cells.length && cells.length <= maxSize) least = Math.min(least, cost(cells, k));
      const positiveFrom = cells.slice(k).every((cell) => cell.every((value) => value > 0));
      if (!negativeBefore || !positiveFrom || zeros === 0 || cells.length >= maxSize) continue;
      least = Math.min(least, cost([...cells.slice(0, k), [], ...cells.slice(k)], k));
    }
  }
  return least;
}

test("two clusters and a worthwhile bit: two centroids, at their means", () => {
  const list = Float32Array.of(1, 1.25, 1.5, 9, 9.25, 9.5);
  const fit = fitEntropyConstrained(distributionOf(list), { lambda: 0.1 });
  expect(fit.centroids).toEqual(Float32Array.of(1.25, 9.25));
  expect(fit.thresholds).toEqual(Float64Array.of(5.25));
  expect(fit.counts).toEqual(Uint32Array.of(3, 3));
  expect(fit.distortion).toBeCloseTo(0.25, 12);
  expect(fit.bits).toBe(6 + 2 * 19);
});

test("at lambda 0 the distinct values are the centroids", () => {
  const list = Float32Array.of(3, -1, 3, 0, -0);
  const fit = fitEntropyConstrained(distributionOf(list), { lambda: 0 });
  expect(fit).toMatchObject({ centroids: Float32Array.of(-1, 0, 3), counts: Uint32Array.of(1, 2, 2), distortion: 0 });
});

test("at lambda 0 and a maximal size it is k-means", () => {
  const list = gaussian(3000, 1);
  for (const size of [1, 2, 7, 16]) {
    const fit = fitEntropyConstrained(distributionOf(list), { lambda: 0, maxSize: size });
    const best = fitCodebook(list, { size, method: "optimal" });
    expect(fit.centroids.length).toBe(size);
    expect(fit.distortion).toBeLessThanOrEqual(best.distortion * (1 + 1e-6));
  }
});

test("at a large lambda one centroid is left, or only zero", () => {
  const list = Float32Array.of(1, 2, 6);
  const data = distributionOf(list, { zeros: 5 });
  expect(fitEntropyConstrained(data, { lambda: 1e6 })).toMatchObject({ centroids: Float32Array.of(3), bits: 19 });
  expect(fitEntropyConstrained(data, { lambda: 1e6, zero: "symbol" })).toEqual({
    centroids: Float32Array.of(0),
    thresholds: new Float64Array(0),
    counts: Uint32Array.of(8),
    distortion: 41,
    bits: 19,
  });
});

test("no values: no centroids, or zero alone if there are zeros to code", () => {
  const nothing = fitEntropyConstrained(distributionOf(new Float32Array(0)), { lambda: 1, zero: "symbol" });
  expect(nothing).toMatchObject({ centroids: new Float32Array(0), thresholds: new Float64Array(0), bits: 0 });
  const zeros = distributionOf(new Float32Array(0), { zeros: 7 });
  expect(fitEntropyConstrained(zeros, { lambda: 1 }).centroids.length).toBe(0);
  expect(fitEntropyConstrained(zeros, { lambda: 1, zero: "symbol" })).toMatchObject({
    centroids: Float32Array.of(0),
    counts: Uint32Array.of(7),
    distortion: 0,
  });
});

test("values near zero fall into its dead zone, which is wider than the cells beside it", () => {
  const list = laplace(50_000, 3);
  const data = distributionOf(list, { zeros: 200_000 });
  const { centroids, thresholds } = fitEntropyConstrained(data, { lambda: 1e-4, zero: "symbol" });
  const at = centroids.indexOf(0);
  expect(at).toBeGreaterThan(0);
  const width = (k: number) => thresholds[k] - thresholds[k - 1];
  expect(width(at)).toBeGreaterThan(1.2 * width(at + 1));
  expect(width(at)).toBeGreaterThan(1.2 * width(at - 1));
});

test("at a high rate it is a nearly uniform quantizer, of the step that theory calls for", () => {
  const list = gaussian(200_000, 2);
  const lambda = 1e-6;
  const { centroids, thresholds } = fitEntropyConstrained(distributionOf(list), {
    lambda,
    bitsPerCentroid: 0,
    maxSize: 1024,
  });
  const step = Math.sqrt((6 * lambda) / Math.LN2);
  const middle = Array.from(thresholds.subarray(1), (threshold, k) => threshold - thresholds[k]).filter(
    (_, k) => Math.abs(centroids[k + 1]) < 0.15,
  );
  expect(middle.length).toBeGreaterThan(80);
  for (const width of middle) expect(Math.abs(width / step - 1)).toBeLessThan(0.15);
});

test("it costs fewer bits than Lloyd at the same distortion: about 0.06 a value for cut Gaussian weights", () => {
  const list = gaussian(400_000, 4).filter((value) => Math.abs(value) > 0.1695);
  const data = distributionOf(list);
  const lloyd = fitCodebook(list, { size: 32, method: "optimal" });
  let [low, high] = [1e-9, 1];
  for (let i = 0; i < 40; i++) {
    const lambda = Math.sqrt(low * high);
    if (fitEntropyConstrained(data, { lambda }).distortion > lloyd.distortion) high = lambda;
    else low = lambda;
  }
  const fit = fitEntropyConstrained(data, { lambda: low });
  const counts = new Uint32Array(32);
  for (const code of lloyd.codes) counts[code]++;
  expect(fit.distortion).toBeLessThanOrEqual(lloyd.distortion);
  expect(entropyBits(fit.counts) / list.length).toBeLessThan(entropyBits(counts) / list.length - 0.06);
});

test("any fit keeps its promises: order, thresholds, counts, distortion, bits, precision", () => {
  fc.assert(
    fc.property(inputs, settings, ({ list, zeros, importance }, options) => {
      const data = distributionOf(list, { importance, zeros });
      const { centroids, thresholds, counts, distortion, bits } = fitEntropyConstrained(data, options);
      expect(centroids.length).toBeLessThanOrEqual(options.maxSize);
      expect(thresholds.length).toBe(Math.max(0, centroids.length - 1));
      expect(centroids.every((c, k) => k === 0 || c > centroids[k - 1])).toBe(true);
      expect(centroids.some((c) => Object.is(c, -0))).toBe(false);
      if (options.precision === "float16") expect(centroids).toEqual(roundToFloat16(centroids));
      const codes = quantize(list, thresholds);
      const expected = new Uint32Array(centroids.length);
      for (const code of codes) expected[code]++;
      if (options.zero === "symbol" && zeros > 0) {
        expect(centroids.includes(0)).toBe(true);
        expect(centroids[quantize(Float32Array.of(0), thresholds)[0]]).toBe(0);
        expected[centroids.indexOf(0)] += zeros;
      }
      expect(counts).toEqual(expected);
      const errors = Array.from(list, (value, i) => (value - centroids[codes[i]]) ** 2 * (importance?.[i] ?? 1));
      const sum = errors.reduce((total, error) => total + error, 0);
      expect(Math.abs(distortion - sum)).toBeLessThanOrEqual(1e-9 * sum + slack(list, importance));
      expect(bits).toBeCloseTo(entropyBits(counts) + options.bitsPerCentroid * centroids.length, 6);
    }),
    { numRuns },
  );
});

test("it is the optimum for ideal rates: brute force over every partition, with and without zeros", () => {
  const small = fc.tuple(values({ minLength: 1, maxLength: 8, maxMagnitude: 100 }), fc.constantFrom(0, 1, 20));
  fc.assert(
    fc.property(small, settings, ([list, zeros], chosen) => {
      const options = { ...chosen, precision: "float32" } as const;
      const fit = fitEntropyConstrained(distributionOf(list, { zeros }), options);
      const expected = bruteForce(list, zeros, options);
      const cost = costOf(fit, options.lambda);
      expect(cost).toBeLessThanOrEqual(expected * (1 + 1e-9) + slack(list, undefined));
      expect(cost).toBeGreaterThanOrEqual(expected * (1 - 1e-9) - slack(list, undefined));
    }),
    { numRuns },
  );
});

test("it never costs more than k-means of the same size, evaluated at the same rates", () => {
  fc.assert(
    fc.property(inputs, lambdas, fc.integer({ min: 1, max: 9 }), ({ list, importance }, lambda, size) => {
      const fit = fitEntropyConstrained(distributionOf(list, { importance }), { lambda, maxSize: size });
      for (const method of ["lloyd", "optimal"] as const) {
        const other = fitCodebook(list, { size, method, importance });
        const counts = new Uint32Array(other.centroids.length);
        for (const code of other.codes) counts[code]++;
        const cost = other.distortion + lambda * (entropyBits(counts) + 19 * counts.length);
        expect(costOf(fit, lambda)).toBeLessThanOrEqual(cost * (1 + 1e-9) + slack(list, importance));
      }
    }),
    { numRuns },
  );
});

test("more centroids than are allowed would pay: nearly all that are allowed are used, near the k-means of as many", () => {
  const list = gaussian(60_000, 10);
  const data = distributionOf(list);
  for (const maxSize of [100, 256, 600]) {
    const fit = fitEntropyConstrained(data, { lambda: 1e-10, maxSize });
    expect(fit.centroids.length).toBeLessThanOrEqual(maxSize);
    expect(fit.centroids.length).toBeGreaterThan(0.97 * maxSize);
    const best = fitCodebook(list, { size: fit.centroids.length, method: "optimal" });
    expect(fit.distortion).toBeLessThanOrEqual(best.distortion * 1.01);
  }
});

test("with rising lambda the distortion rises and the bits fall", () => {
  for (const [list, zero] of [
    [gaussian(30_000, 5), "none"],
    [laplace(30_000, 6), "symbol"],
  ] as const) {
    const data = distributionOf(list, { zeros: 50_000 });
    let before = fitEntropyConstrained(data, { lambda: 1e-6, zero });
    for (let lambda = 1.3e-6; lambda < 1; lambda *= 1.3) {
      const fit = fitEntropyConstrained(data, { lambda, zero });
      expect(fit.distortion).toBeGreaterThanOrEqual(before.distortion * (1 - 1e-5));
      expect(fit.bits).toBeLessThanOrEqual(before.bits * (1 + 1e-5));
      before = fit;
    }
  }
});

test("the lengths that are really coded are what the bits are of, and pay", () => {
  const list = laplace(40_000, 7);
  const data = distributionOf(list);
  const wholeBits = (counts: Uint32Array) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => Math.ceil(Math.log2(total / count)));
  };
  for (const lambda of [1e-5, 1e-4, 1e-3]) {
    const fit = fitEntropyConstrained(data, { lambda, codeLengths: wholeBits });
    const lengths = wholeBits(fit.counts);
    const bits = fit.counts.reduce((sum, count, k) => sum + count * lengths[k], 19 * fit.counts.length);
    expect(fit.bits).toBeCloseTo(bits, 6);
    const ideal = fitEntropyConstrained(data, { lambda });
    const coded = wholeBits(ideal.counts).reduce((sum, length, k) => sum + length * ideal.counts[k], 0);
    const idealCost = ideal.distortion + lambda * (coded + 19 * ideal.counts.length);
    expect(costOf(fit, lambda)).toBeLessThan(idealCost);
  }
});

test("importance moves centroids to where it is", () => {
  const list = gaussian(20_000, 8);
  const importance = list.map((value) => (value > 0 ? 100 : 1));
  const fit = fitEntropyConstrained(distributionOf(list, { importance }), { lambda: 1e-3 });
  const positive = fit.centroids.filter((centroid) => centroid > 0).length;
  expect(positive).toBeGreaterThan(2 * (fit.centroids.length - positive));
});

test("fitCodebook with a lambda is the fit and the codes", () => {
  const list = laplace(5000, 9);
  const { centroids, thresholds } = fitEntropyConstrained(distributionOf(list), { lambda: 1e-4, maxSize: 16 });
  const fit = fitCodebook(list, { method: "entropy-constrained", lambda: 1e-4, size: 16 });
  expect(fit.centroids).toEqual(centroids);
  expect(fit.codes).toEqual(quantize(list, thresholds));
  expect(fit.codes).not.toEqual(assign(list, centroids));
});

test("wrong arguments name themselves", () => {
  const data = distributionOf(Float32Array.of(1, 2));
  for (const lambda of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => fitEntropyConstrained(data, { lambda })).toThrow(/^lambda.*got/);
  }
  expect(() => fitEntropyConstrained(data, { lambda: 1, maxSize: 0 })).toThrow(/^maxSize/);
  expect(() => fitEntropyConstrained(data, { lambda: 1, bitsPerCentroid: -1 })).toThrow(/^bitsPerCentroid/);
  expect(() => fitEntropyConstrained(data, { lambda: 1, codeLengths: () => [] })).toThrow(
    /^codeLengths\(counts\): expected 1 elements, got 0/,
  );
  expect(() => fitEntropyConstrained(data, { lambda: 1, codeLengths: () => [Number.NaN] })).toThrow(
    /^codeLengths\(counts\)\[0\]: expected a finite number in 0..Infinity, got NaN/,
  );
  expect(() => distributionOf(Float32Array.of(Number.NaN))).toThrow(/^values\[0\]/);
  expect(() => distributionOf(Float32Array.of(1), { zeros: -1 })).toThrow(/^zeros/);
  expect(() => distributionOf(Float32Array.of(1), { importance: Float32Array.of(-1) })).toThrow(/^importance\[0\]/);
  expect(() => fitCodebook(Float32Array.of(1), { size: 1, method: "entropy-constrained" })).toThrow(/^lambda/);
});
