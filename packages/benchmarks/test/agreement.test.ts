import { expect, test } from "vitest";
import { relativeDifference } from "../src/agreement";

test("the relative difference is 0 of equal values and 1 of values that did not move from 0", () => {
  const reference = Float32Array.of(3, -4);
  expect(relativeDifference(reference, reference)).toBe(0);
  expect(relativeDifference(new Float32Array(2), reference)).toBe(1);
  expect(relativeDifference(Float32Array.of(3, -3.5), reference)).toBeCloseTo(0.1);
});

test("the relative difference of values with a NaN is NaN, which no bound accepts", () => {
  expect(relativeDifference(Float32Array.of(Number.NaN, 1), Float32Array.of(1, 1)) < 1).toBe(false);
});

test("values of different lengths are refused", () => {
  expect(() => relativeDifference(new Float32Array(2), new Float32Array(3))).toThrow(RangeError);
});
