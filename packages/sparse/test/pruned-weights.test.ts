import {
  applyMask,
  denseVector,
  keepMask,
  keptCount,
  largestWeights,
  magnitudeScores,
  type PrunedWeights,
  prunes,
  pruneWeights,
  sparseVector,
} from "@deep-compression/sparse";
import { sparsities, weights } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const finite = weights().filter((values) => values.every(Number.isFinite));

function squares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function whole({ length, positions, values }: PrunedWeights): Float32Array {
  return positions === undefined ? values : denseVector({ length, positions, values });
}

test("the largest weights are those that the mask keeps, and what is pruned is the sum of the others' squares", () => {
  fc.assert(
    fc.property(finite, sparsities(), (values, sparsity) => {
      const { pruned, ...largest } = largestWeights(values, { sparsity });
      const masked = applyMask(values, keepMask(magnitudeScores(values), { sparsity }));
      expect(largest).toEqual(sparseVector(masked));
      const rest = values.map((value, i) => (masked[i] === 0 ? value : 0));
      expect(pruned).toBe(squares(rest));
    }),
    { numRuns },
  );
});

test("of ties the lower index stays, and zeros are not among the largest however many may stay", () => {
  expect(largestWeights(Float32Array.of(1, -2, 2, 0), { sparsity: 0.75 })).toEqual({
    length: 4,
    positions: Uint32Array.of(1),
    values: Float32Array.of(-2),
    pruned: 5,
  });
  expect(largestWeights(Float32Array.of(0, 3, -0), { sparsity: 0 }).positions).toEqual(Uint32Array.of(1));
});

test("pruning keeps what the mask keeps, adds up what it took, and tells positions or has every element", () => {
  const options = fc.record(
    {
      sparsity: sparsities(),
      negativeZero: fc.constantFrom("keep" as const, "drop" as const),
      positions: fc.constantFrom("always" as const, "auto" as const),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(finite, options, (values, given) => {
      const kept = pruneWeights(values, given);
      if (kept === undefined) throw new Error("unreachable: all values are finite");
      const { sparsity = 0, negativeZero = "drop" } = given;
      const masked = applyMask(values, keepMask(magnitudeScores(values), { sparsity }));
      const signed = !prunes(values.length, sparsity) && negativeZero === "keep";
      expect([...whole(kept)]).toEqual(Array.from(signed ? values : masked, (value) => (signed ? value : value + 0)));
      expect(kept.energy).toBe(squares(values));
      expect(kept.length).toBe(values.length);
      if (kept.positions !== undefined) expect(kept.values).not.toContain(0);
      else expect(values.some((value) => Object.is(value, -0))).toBe(true);
    }),
    { numRuns },
  );
});

test("one weight that is not finite, kept or not, and none of all is told", () => {
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(pruneWeights(Float32Array.of(1, odd, 3))).toBeUndefined();
    expect(pruneWeights(Float32Array.of(1, odd, 3), { sparsity: 0.5 })).toBeUndefined();
  }
  expect(() => pruneWeights(Float32Array.of(1), { sparsity: 1.5 })).toThrow(RangeError);
});

test("a large tensor that is mostly not zero has every element among its values, unless positions are wanted", () => {
  const values = new Float32Array(2 ** 22 + 1).fill(1);
  values[0] = -0;
  const kept = pruneWeights(values);
  expect(kept?.positions).toBeUndefined();
  expect(Object.is(kept?.values[0], 0)).toBe(true);
  expect(Object.is(pruneWeights(values, { negativeZero: "keep" })?.values[0], -0)).toBe(true);
  expect(pruneWeights(values, { positions: "always" })?.positions?.length).toBe(2 ** 22);
});

test("a sparsity prunes if it leaves fewer weights than there are", () => {
  expect(prunes(100, undefined)).toBe(false);
  expect(prunes(100, 0.004)).toBe(false);
  expect(prunes(100, 0.006)).toBe(true);
  expect(keptCount(100, { sparsity: 0.006 })).toBe(99);
});
