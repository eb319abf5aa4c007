import { isFloat16 } from "@deep-compression/bits";
import { dequantize, exactCodebook, fitCodebook, recode, shareValues, squaredError } from "@deep-compression/codebook";
import { values } from "@deep-compression/codebook/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("the squared error is summed over all values, each times its importance", () => {
  const coded = { codes: Uint8Array.of(0, 1, 1), centroids: Float32Array.of(1, 4) };
  const given = Float32Array.of(1, 2, 7);
  expect(squaredError(given, coded)).toBe(4 + 9);
  expect(squaredError(given, { ...coded, importance: Float32Array.of(5, 2, 0.5) })).toBe(2 * 4 + 0.5 * 9);
  expect(squaredError(new Float32Array(0), { codes: new Uint8Array(0), centroids: new Float32Array(0) })).toBe(0);
});

test("codes are renumbered without those that are left out", () => {
  const codes = Uint8Array.of(3, 0, 1, 3, 2);
  expect(recode(codes, { used: Uint8Array.of(1, 0, 1, 1), length: 4 })).toEqual(Uint8Array.of(2, 0, 2, 1));
  expect(recode(codes, { used: Uint8Array.of(1, 1, 1, 1), length: 5 })).toEqual(codes);
  const wide = Uint16Array.of(300, 2, 300);
  const used = new Uint8Array(301).fill(1);
  expect(recode(wide, { used, length: 3 })).toEqual(wide);
  expect(recode(wide, { used: used.map((_, code) => (code === 300 ? 1 : 0)), length: 2 })).toEqual(Uint8Array.of(0, 0));
});

describe("values share", () => {
  test("those that are there, without loss, if these are few and there is one zero", () => {
    const all = Float32Array.of(2, -1, 2, 0.1);
    expect(shareValues(all, {})).toEqual({ ...exactCodebook(all), distortion: 0 });
    expect(shareValues(all, { maxSize: 2 })).toBeUndefined();
    expect(shareValues(Float32Array.of(0, -0), {})).toBeUndefined();
  });

  test("the centroids of clusters, with the error of them", () => {
    const all = Float32Array.of(2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12);
    const clusters = { size: 4, method: "optimal" } as const;
    const { codes, centroids } = fitCodebook(all, clusters);
    expect(shareValues(all, { clusters })).toEqual({
      codes,
      centroids,
      distortion: squaredError(all, { codes, centroids }),
    });
  });

  test("float16 centroids, each value the nearest, unless one is beyond their range", () => {
    const thirds = Float32Array.of(1 / 3, 1 / 3 + 1e-6, 2 / 3);
    const shared = shareValues(thirds, { precision: "float16" });
    expect([...(shared?.codes ?? [])]).toEqual([0, 0, 1]);
    expect([...(shared?.centroids ?? [])]).toEqual([0.333251953125, 0.66650390625]);
    expect(shareValues(Float32Array.of(1 / 3, 65520), { precision: "float16" })?.centroids).toEqual(
      Float32Array.of(1 / 3, 65520),
    );
  });

  test("ascending centroids, each used, with the error that their codes make", () => {
    const options = fc.record(
      {
        clusters: fc.integer({ min: 1, max: 9 }).map((size) => ({ size })),
        precision: fc.constant("float16" as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(values(), options, (all, given) => {
        const shared = shareValues(all, given);
        if (shared === undefined) {
          expect(given.clusters).toBeUndefined();
          return;
        }
        const { codes, centroids, distortion } = shared;
        expect(centroids.every((centroid, i) => i === 0 || centroid > centroids[i - 1])).toBe(true);
        expect(new Set(codes)).toEqual(new Set(centroids.keys()));
        expect(distortion).toBe(squaredError(all, { codes, centroids }));
        if (given.clusters === undefined && given.precision === undefined) {
          expect(dequantize(codes, centroids)).toEqual(all);
        }
        if (given.precision !== undefined && all.every((value) => Math.abs(value) < 65504)) {
          expect(isFloat16(centroids)).toBe(true);
        }
      }),
      { numRuns },
    );
  });
});
