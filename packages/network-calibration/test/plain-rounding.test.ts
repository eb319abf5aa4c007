import { fromFloat16, toFloat16 } from "@deep-compression/bits";
import { floatTensor } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundedByBlock, roundedByChannel, roundedByRow } from "../src";

const weights = floatTensor("w", [2, 3], Float32Array.of(7, -3.4, 0.4, 0.7, 0.07, -0.34));

describe("rounding each weight by itself", () => {
  it("has a scale a row", () => {
    const { codes, scales, values } = roundedByRow(weights, 4);
    expect([...codes]).toEqual([7, -3, 0, 7, 1, -3]);
    expect([...scales]).toEqual([1, Math.fround(Math.fround(0.7) / 7)]);
    expect([...values]).toEqual([...codes].map((code, i) => Math.fround(code * scales[Math.floor(i / 3)]!)));
  });

  it("has a scale a channel along the axis that loses less", () => {
    const byColumn = floatTensor("w", [3, 2], Float32Array.of(7, 0.7, -3, 0.1, 2, -0.3));
    const byRow = floatTensor("w", [2, 3], Float32Array.of(7, -3, 2, 0.7, 0.1, -0.3));
    expect(roundedByChannel(byRow, 4)).toEqual(roundedByRow(byRow, 4));
    const { codes, scales } = roundedByChannel(byColumn, 4);
    expect([...codes]).toEqual([7, 7, -3, 1, 2, -3]);
    expect([...scales]).toEqual([1, Math.fround(Math.fround(0.7) / 7)]);
  });

  it("has a scale of 16 bits a block, the last perhaps shorter", () => {
    const { codes, scales } = roundedByBlock(weights, { bits: 4, block: 4 });
    expect([...codes]).toEqual([7, -3, 0, 1, 1, -7]);
    expect([...scales]).toEqual([1, fromFloat16(toFloat16(0.34 / 7))]);
  });

  it("is off by half a step at most", () => {
    const weight = fc.float({ noNaN: true, min: -100, max: 100 }).map((value) => (Math.abs(value) < 1e-30 ? 0 : value));
    const arbitrary = fc.array(weight, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 2, max: 8 }), (values, bits) => {
        const {
          codes,
          scales,
          values: own,
        } = roundedByRow(floatTensor("w", [1, values.length], Float32Array.from(values)), bits);
        const most = 2 ** (bits - 1) - 1;
        for (const [i, value] of values.entries()) {
          expect(Math.abs(codes[i]!)).toBeLessThanOrEqual(most);
          expect(Math.abs(value - own[i]!)).toBeLessThanOrEqual(scales[0]! * (0.5 + 1e-5));
        }
      }),
    );
  });

  it("refuses bits that no code has", () => {
    expect(() => roundedByRow(weights, 1)).toThrow(RangeError);
    expect(() => roundedByRow(weights, 9)).toThrow(RangeError);
    expect(() => roundedByBlock(weights, { bits: 4, block: 0 })).toThrow(RangeError);
  });
});
