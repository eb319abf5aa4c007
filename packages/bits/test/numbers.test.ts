import { FormatError, fromFloat16, roundToFloat16, toFloat16 } from "@deep-compression/bits";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 500 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

describe("float16", () => {
  test("has the well-known bits", () => {
    const known = [
      [0, 0x0000],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [2 ** -14, 0x0400],
      [2 ** -14 - 2 ** -24, 0x03ff],
      [2 ** -24, 0x0001],
      [Number.POSITIVE_INFINITY, 0x7c00],
      [Number.NEGATIVE_INFINITY, 0xfc00],
    ];
    for (const [value, half] of known) {
      expect(toFloat16(value)).toBe(half);
      expect(fromFloat16(half)).toBe(value);
    }
    expect(toFloat16(1 / 3)).toBe(0x3555);
    expect(toFloat16(Number.NaN)).toBe(0x7e00);
    expect(fromFloat16(0x7c01)).toBeNaN();
  });

  test("rounds to nearest, ties to even, into infinity and into zero", () => {
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(toFloat16(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01);
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toFloat16(2 - 2 ** -12)).toBe(0x4000);
    expect(toFloat16(65519.99)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(2 ** -25)).toBe(0x0000);
    expect(toFloat16(-(2 ** -25) - 2 ** -60)).toBe(0x8001);
    expect(toFloat16(2 ** -14 - 2 ** -26)).toBe(0x0400);
  });

  test("rounds once: a number beside a tie is not rounded to the tie first, as by way of float32", () => {
    const besideTie = 1 + 2 ** -11 + 2 ** -30;
    expect(Math.fround(besideTie)).toBe(1 + 2 ** -11);
    expect(toFloat16(besideTie)).toBe(0x3c01);
  });

  test("comes back for all 65,536 patterns but the payloads of NaN", () => {
    for (let half = 0; half < 65536; half++) {
      const value = fromFloat16(half);
      if (!Number.isNaN(value)) {
        if (toFloat16(value) !== half) expect(toFloat16(value)).toBe(half);
      } else {
        expect((half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0).toBe(true);
      }
    }
  });

  test("is never farther from a number than its neighbours are", () => {
    fc.assert(
      fc.property(fc.double({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const half = toFloat16(value);
        const distance = Math.abs(fromFloat16(half) - value);
        const magnitude = half & 0x7fff;
        for (const neighbour of [magnitude - 1, magnitude + 1]) {
          if (neighbour < 0) continue;
          expect(Math.abs(fromFloat16((half & 0x8000) | neighbour) - value)).toBeGreaterThanOrEqual(distance);
        }
      }),
      { numRuns },
    );
  });

  test("rounds a whole array, and not twice", () => {
    const rounded = roundToFloat16(Float32Array.of(1 / 3, -1e-9, 1e6, 2));
    expect(rounded).toEqual(Float32Array.of(0.333251953125, -0, Number.POSITIVE_INFINITY, 2));
    expect(roundToFloat16(rounded)).toEqual(rounded);
  });

  test("refuses wrong arguments by name", () => {
    expect(() => fromFloat16(65536)).toThrow("half: expected an integer in 0..65535, got 65536");
    // @ts-expect-error: an array is no Float32Array
    expect(() => roundToFloat16([1])).toThrow(TypeError);
  });
});

describe("seeded random numbers", () => {
  test("are the same for the same seed and others for another", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    const firsts = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map((seed) => draw(seed)[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test("are sfc32's and stay the same from version to version, since results are published with their seed", () => {
    const random = seededRandom(1);
    expect([random(), random(), random()].map((value) => value * 2 ** 32)).toEqual([
      2012149540, 1872316204, 1707632675,
    ]);
  });

  test("lie in [0, 1) with the mean, spread and independence of uniform ones", () => {
    const random = seededRandom(7);
    const values = Float64Array.from({ length: 100_000 }, random);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const lagged = values.reduce((sum, value, i) => sum + (i > 0 ? (value - 0.5) * (values[i - 1] - 0.5) : 0), 0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.004); // 4 standard errors
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.001);
    expect(Math.abs(lagged / values.length)).toBeLessThan(0.0011);
  });

  test("refuse a seed that is no integer", () => {
    expect(() => seededRandom(0.5)).toThrow("seed");
    expect(() => seededRandom(Number.NaN)).toThrow(RangeError);
  });
});

describe("FormatError", () => {
  test("carries code, place and cause", () => {
    const cause = new Error("deeper");
    const error = new FormatError("bad-checksum", "CRC differs", {
      offset: 12,
      tensor: "ip1.weight",
      section: "codes",
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "FormatError", message: "CRC differs", code: "bad-checksum", offset: 12 });
    expect(error).toMatchObject({ tensor: "ip1.weight", section: "codes" });
    expect(error.cause).toBe(cause);
    expect(new FormatError("truncated", "short").offset).toBeUndefined();
  });
});
