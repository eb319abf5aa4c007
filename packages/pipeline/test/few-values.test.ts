import fc from "fast-check";
import { expect, test } from "vitest";
import { hasFewValues, hasMoreValues } from "../src/few-values";

const numRuns = 300 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Floats by their bits, of which some mean the same: zeros of both signs, and all that are no number. */
const floats = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 0x80000000, 0x7fc00000, 0x7f800001, 0xffc00000, 0x7f800000, 0xff800000, 1, 0x3f800000),
      fc.integer({ min: 0x3f800000, max: 0x3f800010 }),
      fc.integer({ min: 0, max: 0xffffffff }),
    ),
    { maxLength: 60 },
  )
  .map((bits) => new Float32Array(Uint32Array.from(bits).buffer));

test("values are told apart as a Set tells them apart", () => {
  fc.assert(
    fc.property(floats, fc.oneof(fc.nat(60), fc.double({ min: 0, max: 60, noNaN: true })), (values, most) => {
      expect(hasMoreValues(values, most)).toBe(new Set(values).size > most);
    }),
    { numRuns },
  );
});

test("codes tell 65,536 values apart, and no more", () => {
  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => i - 1000);
  expect(hasMoreValues(values(65536), Number.POSITIVE_INFINITY)).toBe(false);
  expect(hasMoreValues(values(65537), Number.POSITIVE_INFINITY)).toBe(true);
});

test("a part of an array is looked at, and no more of it", () => {
  expect(hasMoreValues(Float32Array.of(1, 2, 2, 3).subarray(1, 3), 1)).toBe(false);
});

test("a table of few values has sixteen elements for each", () => {
  const values = (distinct: number) => Float32Array.from({ length: 160 }, (_, i) => i % distinct);
  expect(hasFewValues(values(10))).toBe(true);
  expect(hasFewValues(values(11))).toBe(false);
});
