import { byteWriter, isFloat16, roundToFloat16 } from "@deep-compression/bits";
import { leastPrecision } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codebookLength, readCodebook, writeCodebook } from "../src/codebook-bytes";
import { gridOf } from "../src/codebook-grid";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function written(centroids: Float32Array, precision: "float16" | "float32"): Uint8Array {
  const out = byteWriter();
  writeCodebook(out, centroids, precision);
  return out.finish();
}

const sorted = (numbers: readonly number[]) => Float32Array.from(new Set(Float32Array.from(numbers))).sort();

/** Multiples of a step, of which some may be left out; or any numbers. */
const codebooks = fc.oneof(
  fc
    .record({
      step: fc.float({ min: Math.fround(1e-30), max: Math.fround(1e30), noNaN: true }),
      multiples: fc.array(fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -(2 ** 24), max: 2 ** 24 }))),
    })
    .map(({ step, multiples }) => sorted([step, ...multiples.map((multiple) => multiple * step)]))
    .filter((centroids) => centroids.every(Number.isFinite)),
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })).map((numbers) => sorted(numbers.map((x) => x + 0))),
);

describe("a codebook", () => {
  test("comes back bit for bit, and takes the bytes that are told", () => {
    fc.assert(
      fc.property(codebooks, fc.nat({ max: 3 }), (centroids, start) => {
        const precision = leastPrecision(centroids);
        const bytes = written(centroids, precision);
        expect(bytes.length).toBe(codebookLength(centroids, precision));
        expect(bytes.length).toBeLessThanOrEqual(codebookLength(centroids, "float32"));
        const among = new Uint8Array([...new Uint8Array(start), ...bytes, 255]);
        const back = readCodebook(among, { start, precision, max: 65_536 });
        expect(back).toEqual({ centroids, length: bytes.length });
      }),
      { numRuns },
    );
  });

  test("of multiples takes a step and little more than a bit for each", () => {
    const centroids = Float32Array.from({ length: 201 }, (_, i) => (i - 100) * 0.125);
    // Count of two bytes, step of two; -100 as 201 in 15 bits, then 200 steps of one bit.
    expect(written(centroids, "float16").length).toBe(2 + 2 + Math.ceil((15 + 200) / 8));
    expect(leastPrecision(centroids.map((centroid) => centroid / 3))).toBe("float32"); // a step that float16 has not
  });

  test("of float16 numbers that are no multiples takes two bytes for each, of others four", () => {
    const primes = roundToFloat16(Float32Array.of(1.09375, 1.34375, 1.8125, 2.3125));
    expect(isFloat16(primes)).toBe(true);
    expect(written(primes, "float16").length).toBe(1 + 8);
    expect(leastPrecision(primes)).toBe("float16");
    const thirds = Float32Array.of(1 / 3, Math.PI);
    expect(leastPrecision(thirds)).toBe("float32");
    expect(written(thirds, "float32").length).toBe(1 + 8);
  });
});

describe("a grid", () => {
  test("is that of the least magnitude, or of the least difference as a float16; -0, and what is no multiple, has none", () => {
    expect(gridOf(Float32Array.of(-1, 0.75, 1))).toEqual({ step: 0.25, multiples: Int32Array.of(-4, 3, 4) });
    const step = 0.0999755859375; // a float16
    const sparse = Float32Array.of(-7, 3, 4, 9).map((multiple) => multiple * step);
    expect(gridOf(sparse)).toEqual({ step, multiples: Int32Array.of(-7, 3, 4, 9) });
    expect(gridOf(Float32Array.of(-1.5, 0, 0.5, 2))).toEqual({ step: 0.5, multiples: Int32Array.of(-3, 0, 1, 4) });
    expect(gridOf(Float32Array.of(-0, 0.5))).toBeUndefined();
    expect(gridOf(Float32Array.of(2, 5))).toBeUndefined();
    expect(gridOf(Float32Array.of(1, 2 ** 25))).toBeUndefined();
    expect(gridOf(Float32Array.of(0))).toBeUndefined();
    expect(gridOf(new Float32Array(0))).toBeUndefined();
  });
});
