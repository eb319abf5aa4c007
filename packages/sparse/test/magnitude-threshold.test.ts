import { keepMask, keptCount, magnitudeThreshold } from "@deep-compression/sparse";
import { sparsities, weights } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("half of six weights: the third largest magnitude is the threshold", () => {
  expect(magnitudeThreshold(Float32Array.of(0.5, -3, 1, -0.25, 2, 0), { sparsity: 0.5 })).toBe(1);
});

test("sparsity 0 keeps everything, sparsity 1 nothing", () => {
  const list = Float32Array.of(0.5, -3, 0);
  expect(magnitudeThreshold(list, { sparsity: 0 })).toBe(0);
  expect(magnitudeThreshold(list, { sparsity: 1 })).toBe(Number.POSITIVE_INFINITY);
  expect(magnitudeThreshold(new Float32Array(0), { sparsity: 0.5 })).toBe(Number.POSITIVE_INFINITY);
});

test("an infinite weight is the largest", () => {
  const list = Float32Array.of(1, Number.NEGATIVE_INFINITY, 3e38);
  expect(magnitudeThreshold(list, { sparsity: 2 / 3 })).toBe(Number.POSITIVE_INFINITY);
  expect(magnitudeThreshold(list, { sparsity: 1 / 3 })).toBe(Math.fround(3e38));
});

test("neighbouring floats are told apart", () => {
  const list = Float32Array.from({ length: 70_000 }, (_, i) => (1 + i * 2 ** -23) * (i % 2 === 0 ? 1 : -1));
  expect(magnitudeThreshold(list, { sparsity: 0.5 })).toBe(1 + 35_000 * 2 ** -23);
});

test("an array within a larger buffer is read where it lies", () => {
  expect(magnitudeThreshold(Float32Array.of(9, 9, 1, 2, 9).subarray(2, 4), { sparsity: 0.5 })).toBe(2);
});

test("a NaN is a RangeError that names its index", () => {
  expect(() => magnitudeThreshold(Float32Array.of(1, Number.NaN), { sparsity: 0.5 })).toThrow(/^weights\[1\].*NaN/);
  const negative = new Float32Array(Uint32Array.of(0xffc00001).buffer);
  expect(() => magnitudeThreshold(negative, { sparsity: 0.5 })).toThrow(RangeError);
});

test("a sparsity outside 0 to 1 is a RangeError", () => {
  for (const sparsity of [-0.01, 1.01, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => magnitudeThreshold(new Float32Array(3), { sparsity })).toThrow(/^sparsity.*got/);
  }
});

test("a missing sparsity, and a count that is none, are refused by name", () => {
  for (const prune of [magnitudeThreshold, keepMask]) {
    const call = prune as (weights: Float32Array) => unknown;
    expect(() => call(new Float32Array(3))).toThrow(
      new TypeError("sparsity: expected a finite number in 0..1, got undefined"),
    );
  }
  // @ts-expect-error: text is no number
  expect(() => keptCount("abc", { sparsity: 0.5 })).toThrow(/^count: expected an integer in .*, got "abc"$/);
  expect(() => keptCount(-1, { sparsity: 0.5 })).toThrow(RangeError);
});

test("the threshold is the one a full sort finds", () => {
  fc.assert(
    fc.property(weights(), sparsities(), (list, sparsity) => {
      const sorted = list.map(Math.abs).sort().reverse();
      const kept = list.length - Math.round(sparsity * list.length);
      expect(keptCount(list.length, { sparsity })).toBe(kept);
      const threshold = magnitudeThreshold(list, { sparsity });
      expect(threshold).toBe(kept === 0 ? Number.POSITIVE_INFINITY : sorted[kept - 1]);
    }),
    { numRuns },
  );
});
