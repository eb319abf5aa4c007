import { balanceErrors, quantize, type SharedValues, squaredError } from "@deep-compression/codebook";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Values rounded to multiples of a step. */
function rounded(values: Float32Array, step: number): SharedValues {
  const multiples = Float32Array.from(new Set(Array.from(values, (value) => Math.round(value / step) + 0))).sort();
  const centroids = multiples.map((multiple) => multiple * step);
  const thresholds = Float64Array.from(centroids.subarray(1), (upper, i) => (upper + centroids[i]) / 2);
  return { codes: quantize(values, thresholds), centroids };
}

function random(length: number, seed: number): Float32Array {
  const next = seededRandom(seed);
  return Float32Array.from({ length }, () => next() + next() - 1);
}

/** The sums of the errors of groups: element i belongs to the group that `groupOf` says. */
function sums(values: Float32Array, { codes, centroids }: SharedValues, groupOf: (i: number) => number): number[] {
  const all: number[] = [];
  for (const [i, code] of codes.entries()) all[groupOf(i)] = (all[groupOf(i)] ?? 0) + centroids[code] - values[i];
  return all;
}

const square = (errors: readonly number[]) => errors.reduce((sum, error) => sum + error * error, 0);

describe("balancing the errors of kernels", () => {
  test("by hand: two errors of 0.4 that add up to 0.8 become 0.4 and -0.6, which add up to -0.2", () => {
    const values = Float32Array.of(0.6, 0.6, 3, 4);
    const shared = { codes: Uint8Array.of(1, 1, 2, 3), centroids: Float32Array.of(0, 1, 3, 4) };
    const { codes, centroids, distortion } = balanceErrors(values, shared, { kernels: { size: 2, stride: 1 } });
    expect([...codes]).toEqual([0, 1, 2, 3]);
    expect([...centroids]).toEqual([0, 1, 3, 4]);
    expect(distortion).toBeCloseTo(0.6 ** 2 + 0.4 ** 2, 6);
    expect([...shared.codes]).toEqual([1, 1, 2, 3]); // what was given is as it was
  });

  test("makes the sums of 3 x 3 kernels four times smaller, for a squared error at most a half larger", () => {
    const values = random(9 * 500, 3);
    const shared = rounded(values, 0.1);
    const kernel = (i: number) => Math.floor(i / 9);
    const balanced = balanceErrors(values, shared, { kernels: { size: 9, stride: 1 } });
    expect(square(sums(values, balanced, kernel))).toBeLessThan(square(sums(values, shared, kernel)) / 4);
    expect(balanced.distortion).toBeLessThan(1.5 * squaredError(values, shared));
  });

  test("finds kernels whose elements stand apart, and those of values that are not all elements", () => {
    const stride = 40;
    const values = random(9 * stride, 5).map((value) => (Math.abs(value) < 0.2 ? 0 : value));
    const positions = Uint32Array.from(values.keys()).filter((at) => values[at] !== 0);
    const kept = values.filter((value) => value !== 0);
    const shared = rounded(kept, 0.1);
    const kernel = (i: number) => positions[i] % stride;
    const balanced = balanceErrors(kept, shared, { kernels: { size: 9, stride }, positions });
    expect(square(sums(kept, balanced, kernel))).toBeLessThan(square(sums(kept, shared, kernel)) / 3);
  });

  test("drops centroids that no value has any more, and leaves what is no whole kernel alone but for its own", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 10_000 }),
        (length, size, stride, seed) => {
          const values = random(length, seed);
          const shared = rounded(values, 0.3);
          const balanced = balanceErrors(values, shared, { kernels: { size, stride } });
          expect(new Set(balanced.codes)).toEqual(new Set(balanced.centroids.keys()));
          expect(balanced.distortion).toBe(squaredError(values, balanced));
          const kernel = (i: number) => Math.floor(i / (size * stride)) * stride + (i % stride);
          const before = sums(values, shared, kernel);
          for (const [k, sum] of sums(values, balanced, kernel).entries()) {
            expect(Math.abs(sum)).toBeLessThanOrEqual(Math.max(Math.abs(before[k]), 0.3 + 1e-6));
          }
        },
      ),
      { numRuns },
    );
  });

  test("refuses sizes that are none, and other numbers of codes or positions than values", () => {
    const values = Float32Array.of(1, 2);
    const shared = rounded(values, 1);
    const balance = (size: number, stride: number) => () =>
      balanceErrors(values, shared, { kernels: { size, stride } });
    expect(balance(0, 1)).toThrow("kernels.size: expected");
    expect(balance(2, 1.5)).toThrow("kernels.stride: expected");
    const kernels = { size: 2, stride: 1 };
    expect(() => balanceErrors(Float32Array.of(1), shared, { kernels })).toThrow(
      "codes: expected one for each of 1 values, got 2",
    );
    expect(() => balanceErrors(values, shared, { kernels, positions: Uint32Array.of(1) })).toThrow(
      "positions: expected one for each of 2 values, got 1",
    );
  });
});
