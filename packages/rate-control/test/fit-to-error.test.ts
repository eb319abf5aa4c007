import { squaredError } from "@deep-compression/codebook";
import {
  fitAtLambda,
  fitToDistortion,
  mostDistortion,
  quantizeUniformly,
  rateSource,
} from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pruned } from "./weights";

const numRuns = 30 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const OPTIONS = { centroids: "auto", zeros: "auto" } as const;

/** Weights of many kinds: Gaussian, far from it, clustered, with values far out, nearly constant. */
const weights = fc
  .record({
    kind: fc.constantFrom("gaussian", "cubed", "clustered", "outlier", "offset"),
    count: fc.integer({ min: 2, max: 300 }),
    seed: fc.integer({ min: 1, max: 10_000 }),
    scale: fc.constantFrom(1, 1e-3, 1e4),
  })
  .map(({ kind, count, seed, scale }) => {
    const random = seededRandom(seed);
    const bell = () => random() + random() + random() - 1.5;
    const of = {
      gaussian: bell,
      cubed: () => bell() ** 3,
      clustered: () => Math.round(2 * bell()) + 1e-4 * bell(),
      outlier: () => (random() < 0.01 ? 1000 : bell()),
      offset: () => 1 + 1e-3 * bell(),
    }[kind];
    return Float32Array.from({ length: count }, () => scale * of());
  });

describe("a fit to an error", () => {
  test("is found for every error that the finest codebook reaches, and is within it", () => {
    fc.assert(
      fc.property(weights, fc.double({ min: -5, max: -0.05, noNaN: true }), (values, power) => {
        const whole = pruned(values);
        fc.pre(whole.energy > 0);
        const most = mostDistortion(10 ** power, whole.energy);
        const point = fitToDistortion(rateSource(whole, OPTIONS), most);
        expect(point?.distortion).toBeLessThanOrEqual(most);
      }),
      { numRuns },
    );
  });

  test("takes nearly no more bits where more error is allowed, over a fine grid of errors", () => {
    fc.assert(
      fc.property(weights, fc.double({ min: -4, max: -1, noNaN: true }), (values, power) => {
        const whole = pruned(values);
        fc.pre(whole.energy > 0);
        const source = rateSource(whole, OPTIONS);
        const bits = Array.from({ length: 6 }, (_, i) => {
          const point = fitToDistortion(source, mostDistortion(10 ** power * 1.02 ** i, whole.energy));
          return point?.bits ?? Number.POSITIVE_INFINITY;
        });
        for (const [i, more] of bits.slice(1).entries()) expect(more).toBeLessThanOrEqual(1.03 * bits[i] + 32);
      }),
      { numRuns: numRuns / 2 },
    );
  });
});

describe("a fit of few weights to an error", () => {
  test("takes hardly more bits than any that is within the error, at whatever lambda", () => {
    fc.assert(
      fc.property(weights, fc.double({ min: -4, max: -1, noNaN: true }), (values, power) => {
        const whole = pruned(values);
        fc.pre(whole.energy > 0);
        const source = rateSource(whole, { ...OPTIONS, centroids: "float32" });
        const most = mostDistortion(10 ** power, whole.energy);
        const { lambda = 0, bits } = fitToDistortion(source, most) ?? {};
        const others = Array.from({ length: 40 }, (_, i) => fitAtLambda(source, lambda * 2 ** ((i - 20) / 5)));
        for (const other of others)
          if (other.distortion <= most) expect(bits).toBeLessThanOrEqual(1.01 * other.bits + 8);
      }),
      { numRuns },
    );
  });
});

describe("values on a uniform grid", () => {
  test("are as coarse as the error allows, within a step or two", () => {
    const random = seededRandom(4);
    const values = Float32Array.from({ length: 5000 }, () => random() - 0.5);
    const energy = values.reduce((sum, value) => sum + value * value, 0);
    for (const error of [1e-6, 1e-8]) {
      const shared = quantizeUniformly(values, error * energy, OPTIONS);
      expect(shared?.distortion).toBeLessThanOrEqual(error * energy);
      expect(shared?.distortion).toBeGreaterThan(0.6 * error * energy);
      shared?.codes.forEach((code, i) => {
        expect(Math.abs(shared.centroids[code] - values[i])).toBeLessThan(4 * Math.sqrt((error * energy) / 5000));
      });
    }
  });

  test("are as coarse of many values, where the step of a sample comes first", () => {
    const random = seededRandom(5);
    const values = Float32Array.from({ length: 2 ** 18 + 1 }, (_, i) => (random() - 0.5) * (i % 1000 === 0 ? 30 : 1));
    const energy = values.reduce((sum, value) => sum + value * value, 0);
    const shared = quantizeUniformly(values, 1e-5 * energy, OPTIONS);
    expect(shared?.distortion).toBeLessThanOrEqual(1e-5 * energy);
    expect(shared?.distortion).toBeGreaterThan(0.985 * 1e-5 * energy);
    expect(shared?.distortion).toBe(squaredError(values, shared!));
  });

  test("make no zeros where those that are there shall be told apart", () => {
    const values = Float32Array.of(1, -1, 1e-6, -1e-6, 0.5);
    expect(quantizeUniformly(values, 1e-4, { zeros: "keep" })?.centroids).not.toContain(0);
    expect(quantizeUniformly(values, 1e-4, { zeros: "auto" })?.centroids).toContain(0);
  });

  test("are none where codes cannot tell so many apart, or no error is allowed", () => {
    const many = Float32Array.from({ length: 70_000 }, (_, i) => i);
    expect(quantizeUniformly(many, 1, OPTIONS)).toBeUndefined();
    expect(quantizeUniformly(Float32Array.of(1, 2), 0, OPTIONS)).toBeUndefined();
  });
});
