import {
  fitCodebook,
  MOST_SORTED,
  nonZeroValues,
  sampledValues,
  shareValues,
  squaredError,
} from "@deep-compression/codebook";
import { values } from "@deep-compression/codebook/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

describe("a sample", () => {
  test("of no more values than are wanted is these values", () => {
    const all = Float32Array.of(3, 1, 2);
    expect(sampledValues(all, 3)).toBe(all);
  });

  test("takes one value of each stretch of like length, the same each time", () => {
    const all = Float32Array.from({ length: 1000 }, (_, i) => i);
    const sample = sampledValues(all, 100);
    expect(sample).toEqual(sampledValues(all, 100));
    expect(sample).toHaveLength(100);
    for (const [i, value] of sample.entries()) expect(Math.floor(value / 10)).toBe(i);
  });
});

test("the values that are not zero, in their order; all of them if none is", () => {
  expect(nonZeroValues(Float32Array.of(0, 2, -0, 0, -1))).toEqual(Float32Array.of(2, -1));
  expect(nonZeroValues(Float32Array.of(0))).toEqual(new Float32Array(0));
  const all = Float32Array.of(1, 2);
  expect(nonZeroValues(all)).toBe(all);
});

describe("zeros that are kept beside clusters", () => {
  const clusters = { size: 2, method: "optimal" } as const;

  test("have a code of their own, and no part in the clusters", () => {
    const all = Float32Array.of(0, 1, 2, -3, 0, -5);
    expect(shareValues(all, { clusters, zeros: "keep" })).toEqual({
      centroids: Float32Array.of(-4, 0, 1.5),
      codes: Uint8Array.of(1, 2, 2, 0, 1, 0),
      distortion: 0.25 + 0.25 + 1 + 1,
    });
  });

  test("are all there is, or share the code of a cluster that is at 0", () => {
    expect(shareValues(new Float32Array(3), { clusters, zeros: "keep" })).toEqual({
      centroids: Float32Array.of(0),
      codes: new Uint8Array(3),
      distortion: 0,
    });
    const around = shareValues(Float32Array.of(-1, 1, 0), { clusters: { size: 1 }, zeros: "keep" });
    expect(around).toEqual({ centroids: Float32Array.of(0), codes: new Uint8Array(3), distortion: 2 });
  });

  test("leave 256 clusters codes of 16 bits", () => {
    const all = Float32Array.from({ length: 300 }, (_, i) => i);
    const shared = shareValues(all, { clusters: { size: 256, method: "optimal" }, zeros: "keep" });
    expect(shared?.centroids).toHaveLength(257);
    expect(shared?.codes).toBeInstanceOf(Uint16Array);
    expect(shared?.codes[299]).toBe(256);
  });

  test("change nothing of the codebook of the other values", () => {
    const given = fc.record({
      size: fc.integer({ min: 1, max: 9 }),
      method: fc.constantFrom("lloyd" as const, "optimal" as const),
    });
    fc.assert(
      fc.property(values(), given, (all, options) => {
        const shared = shareValues(all, { clusters: options, zeros: "keep" });
        const others = shareValues(nonZeroValues(all), { clusters: options });
        expect(shared?.distortion).toBeCloseTo(others?.distortion ?? Number.NaN, 9);
        expect([...(shared?.centroids ?? [])].filter((centroid) => centroid !== 0)).toEqual(
          [...(others?.centroids ?? [])].filter((centroid) => centroid !== 0),
        );
        for (const [i, value] of all.entries()) if (value === 0) expect(shared?.centroids[shared.codes[i]]).toBe(0);
      }),
      { numRuns },
    );
  });
});

describe("more values than are sorted", () => {
  const count = MOST_SORTED + 1000;

  test("are the centroids themselves where few are distinct, however rare one is", () => {
    const all = new Float32Array(count).map((_, i) => (i % 3) - 1);
    all[count - 5] = 7;
    const fit = fitCodebook(all, { size: 4, method: "optimal" });
    expect(fit).toMatchObject({ centroids: Float32Array.of(-1, 0, 1, 7), distortion: 0, optimal: true });
    const beside = shareValues(all, { clusters: { size: 3 }, zeros: "keep" });
    expect(beside).toMatchObject({ centroids: Float32Array.of(-1, 0, 1, 7), distortion: 0 });
  });

  test("of the normal distribution have four clusters of the error of Max's quantizer, and keep their zeros", () => {
    const random = seededRandom(1);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const drawn = Float32Array.from({ length: 2 ** 16 }, normal);
    const all = new Float32Array(count);
    for (let i = 0; i < count; i++) all[i] = drawn[i % drawn.length];
    const energy = squaredError(all, { centroids: Float32Array.of(0), codes: new Uint8Array(count) });
    const fit = fitCodebook(all, { size: 4, method: "optimal" });
    expect(fit.distortion / energy).toBeCloseTo(0.1175, 2); // Max, "Quantizing for minimum distortion", 1960
    expect(fit.distortion).toBe(squaredError(all, fit));
    for (let i = 0; i < count; i += 7) all[i] = 0;
    const beside = shareValues(all, { clusters: { size: 4, method: "optimal" }, zeros: "keep" });
    expect(beside?.centroids).toHaveLength(5);
    for (const [k, level] of [-1.51, -0.4528, 0, 0.4528, 1.51].entries()) {
      expect(beside?.centroids[k]).toBeCloseTo(level, 1);
    }
    expect(beside?.centroids[beside.codes[14]]).toBe(0);
  });
});
