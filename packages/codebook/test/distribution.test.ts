import { roundToFloat16 } from "@deep-compression/bits";
import { distributionOf } from "@deep-compression/codebook";
import { importances, values } from "@deep-compression/codebook/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nearestFloat16 } from "../src/nearest-float16";
import { sumsBefore } from "../src/range-sums";
import { sortFloatPairs, sortFloats } from "../src/sorted-floats";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("the radix sort is the sort of typed arrays, bit for bit", () => {
  fc.assert(
    fc.property(values({ maxLength: 300, domain: "all" }), (list) => {
      const numbers = list.filter((value) => !Number.isNaN(value));
      const bits = (floats: Float32Array) => Array.from(new Uint32Array(floats.slice().buffer));
      expect(bits(sortFloats(numbers).values)).toEqual(bits(numbers.slice().sort()));
    }),
    { numRuns },
  );
});

test("companions move along with their values, equal values in the order they came", () => {
  fc.assert(
    fc.property(values({ maxLength: 300 }), (list) => {
      const sorted = sortFloatPairs(list, Float32Array.from(list.keys()));
      const order = [...list.keys()].sort(
        (a, b) => list[a] - list[b] || Number(Object.is(list[b], -0)) - Number(Object.is(list[a], -0)),
      );
      expect(Array.from(sorted.companions ?? [])).toEqual(order);
      expect(sorted.values).toEqual(Float32Array.from(order, (i) => list[i]));
    }),
    { numRuns },
  );
});

test("a distribution counts values, zeros besides them, and the energy", () => {
  const importance = Float32Array.of(1, 2, 0, 1);
  const data = distributionOf(Float32Array.of(3, -0, 5, 0), { importance, zeros: 9 });
  expect(data).toMatchObject({ count: 4, zeros: 9, energy: 9 });
  expect(data.points).toEqual(Float32Array.of(0, 3, 5));
  expect(data.counts).toEqual(Uint32Array.of(2, 1, 1));
  expect(Array.from(data.weights ?? [])).toEqual([3, 1, 0]);
});

test("the sums between any two points are those of the values there", () => {
  const weighted = values({ minLength: 1, maxMagnitude: 1000 }).chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.option(importances(list.length).map((all) => all.map((one) => Math.min(one, 1000)))),
    ),
  );
  fc.assert(
    fc.property(weighted, fc.nat(), fc.nat(), ([list, importance], a, b) => {
      const data = distributionOf(list, { importance: importance ?? undefined });
      const [start, end] = [a % (data.points.length + 1), b % (data.points.length + 1)].sort((x, y) => x - y);
      const [low, high] = [sumsBefore(data, start), sumsBefore(data, end)];
      const between = data.points.subarray(start, end);
      const chosen = [...list.keys()].filter((i) => between.includes(list[i] + 0));
      const weight = chosen.reduce((sum, i) => sum + (importance?.[i] ?? 1), 0);
      const first = chosen.reduce((sum, i) => sum + (importance?.[i] ?? 1) * (list[i] - data.pivot), 0);
      expect(high.rank - low.rank).toBe(chosen.length);
      expect(Math.abs(high.weight - low.weight - weight)).toBeLessThanOrEqual(1e-6);
      expect(Math.abs(high.first - low.first - first)).toBeLessThanOrEqual(1e-4);
    }),
    { numRuns },
  );
});

test("the nearest float16 is that of bits, and finite; on a tie either neighbour", () => {
  expect(nearestFloat16(1e9)).toBe(65504);
  expect(nearestFloat16(-65519.9)).toBe(-65504);
  fc.assert(
    fc.property(values({ maxMagnitude: 65504 }), (list) => {
      for (const value of list) {
        const half = nearestFloat16(value);
        expect(roundToFloat16(Float32Array.of(half))[0]).toBe(half);
        const [nearest] = roundToFloat16(Float32Array.of(value));
        expect(Math.abs(half - value)).toBe(Math.abs(nearest - value));
      }
    }),
    { numRuns },
  );
});
