import { constant, cosine, cubicSparsity, steps } from "@deep-compression/training";
import { expect, test } from "vitest";

test("the cubic schedule removes s (1 - (1 - t / T)^3) until T, then s", () => {
  const half = cubicSparsity({ sparsity: 0.8, until: 0.5 });
  expect(half(0)).toBe(0);
  expect(half(0.25)).toBeCloseTo(0.8 * (1 - 0.5 ** 3), 12); // 0.7
  expect(half(0.4)).toBeCloseTo(0.8 * (1 - 0.2 ** 3), 12);
  expect(half(0.5)).toBe(0.8);
  expect(half(1)).toBe(0.8);
  const usual = cubicSparsity({ sparsity: 1 }); // over the first 60 %
  expect(usual(0.3)).toBeCloseTo(0.875, 12);
  expect(usual(0.6)).toBe(1);
});

test("a constant schedule stays, a cosine falls from initial to initial * final, half-way at half the way", () => {
  expect([0, 0.5, 1].map(constant(0.1))).toEqual([0.1, 0.1, 0.1]);
  const rate = cosine({ initial: 2, final: 0.1 });
  expect(rate(0)).toBeCloseTo(2, 12);
  expect(rate(0.5)).toBeCloseTo(1.1, 12);
  expect(rate(1)).toBeCloseTo(0.2, 12);
  expect(cosine({ initial: 1 })(1)).toBeCloseTo(0.01, 12);
});

test("steps multiply by their factor at each fraction of the stage, from there on", () => {
  const rate = steps({ initial: 1, factor: 0.5, at: [0.5, 0.75] });
  expect([0, 0.49, 0.5, 0.74, 0.75, 1].map(rate)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  expect(steps({ initial: 1, at: [0.5] })(0.6)).toBeCloseTo(0.1, 12);
});

test("a schedule of NaN, a sparsity over 1 and an end at 0 are refused by name", () => {
  expect(() => constant(Number.NaN)).toThrow(/^value: expected a finite number, got NaN/);
  expect(() => cosine({ initial: Number.POSITIVE_INFINITY })).toThrow(/^initial: /);
  expect(() => cosine({ initial: 1, final: Number.NaN })).toThrow(/^final: /);
  expect(() => steps({ initial: Number.NaN, at: [] })).toThrow(/^initial: /);
  for (const sparsity of [-0.1, 1.1, Number.NaN]) expect(() => cubicSparsity({ sparsity })).toThrow(/^sparsity: /);
  for (const until of [0, 1.1, Number.NaN]) expect(() => cubicSparsity({ sparsity: 1, until })).toThrow(/^until: /);
});
