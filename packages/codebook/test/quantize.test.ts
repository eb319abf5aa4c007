import { quantize } from "@deep-compression/codebook";
import { values } from "@deep-compression/codebook/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const thresholdLists = fc
  .tuple(values({ maxLength: 40 }), fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 10 }))
  .map(([floats, doubles]) => Float64Array.from([...floats, ...doubles]).sort());

test("a value on a threshold belongs below it", () => {
  const codes = quantize(Float32Array.of(-9, -1, -0.5, 2, 2.5), Float64Array.of(-1, 2));
  expect(codes).toEqual(Uint8Array.of(0, 0, 1, 1, 2));
});

test("without thresholds every code is 0; infinities go to the ends", () => {
  expect(quantize(Float32Array.of(-1, 5), new Float64Array(0))).toEqual(Uint8Array.of(0, 0));
  const ends = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  expect(quantize(ends, Float64Array.of(-1, 0, 1))).toEqual(Uint8Array.of(0, 3));
});

test("255 thresholds make bytes, 256 make 16-bit codes", () => {
  const many = Float64Array.from({ length: 256 }, (_, i) => i + 0.5);
  const list = Float32Array.of(0, 254.75, 300);
  expect(quantize(list, many.subarray(0, 255))).toEqual(Uint8Array.of(0, 255, 255));
  expect(quantize(list, many)).toEqual(Uint16Array.of(0, 255, 256));
});

test("the code is the number of thresholds below the value, whatever their spacing", () => {
  fc.assert(
    fc.property(values(), thresholdLists, (list, thresholds) => {
      const onThresholds = Float32Array.from([...list, ...thresholds]).filter(Number.isFinite);
      const expected = Array.from(onThresholds, (value) => thresholds.filter((threshold) => threshold < value).length);
      expect(Array.from(quantize(onThresholds, thresholds))).toEqual(expected);
    }),
    { numRuns },
  );
});

test("wrong arguments name themselves", () => {
  const one = Float32Array.of(1);
  expect(() => quantize(Float32Array.of(0, Number.NaN), Float64Array.of(1))).toThrow(/^values\[1\].*NaN/);
  expect(() => quantize(Float32Array.of(Number.NaN), new Float64Array(0))).toThrow(/^values\[0\].*NaN/);
  expect(() => quantize(one, Float64Array.of(1, 0))).toThrow(/^thresholds\[1\]/);
  expect(() => quantize(one, Float64Array.of(Number.NaN))).toThrow(/^thresholds\[0\]/);
  expect(() => quantize(one, new Float64Array(65536))).toThrow(/^thresholds.*65536/);
});
