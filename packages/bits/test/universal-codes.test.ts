import {
  bitReader,
  bitWriter,
  elementCount,
  FormatError,
  fromZigzag,
  gammaBits,
  inFloat16Range,
  isFloat16,
  readGamma,
  readUnary,
  roundToFloat16,
  toZigzag,
  writeGamma,
  writeUnary,
} from "@deep-compression/bits";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const limit = { maximum: 2 ** 31 - 1, code: "out-of-range", offset: 7 } as const;

/** Bits in the order they were written. */
function bitsOf(write: (writer: ReturnType<typeof bitWriter>) => void): string {
  const writer = bitWriter();
  write(writer);
  writer.write(1, 1); // where the code ends
  const bits = Array.from(writer.finish(), (byte) => [...byte.toString(2).padStart(8, "0")].reverse().join("")).join(
    "",
  );
  return bits.slice(0, bits.lastIndexOf("1"));
}

describe("universal codes", () => {
  test("of small numbers are those of the books", () => {
    expect([0, 1, 3].map((value) => bitsOf((writer) => writeUnary(writer, value)))).toEqual(["0", "10", "1110"]);
    // The exponent in unary, then the bits below the leading one, the lowest first.
    const gamma = [1, 2, 3, 4, 6, 27].map((value) => bitsOf((writer) => writeGamma(writer, value)));
    expect(gamma).toEqual(["0", "100", "101", "11000", "11001", "111101101"]);
    expect([0, 1, -1, 2, -2].map((value) => toZigzag(value) + 0)).toEqual([0, 1, 2, 3, 4]);
  });

  test("come back, one behind the other, and take the bits that are told", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 })), fc.array(fc.nat({ max: 40 })), (all, small) => {
        const writer = bitWriter();
        for (const value of all) writeGamma(writer, value);
        for (const value of small) writeUnary(writer, value);
        const reader = bitReader(writer.finish());
        expect(all.map(() => readGamma(reader, limit))).toEqual(all);
        expect(reader.position).toBe(all.reduce((sum, value) => sum + gammaBits(value), 0));
        expect(small.map(() => readUnary(reader, limit))).toEqual(small);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (value) => {
        expect(fromZigzag(toZigzag(value)) + 0).toBe(value + 0);
        expect(toZigzag(value)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("of numbers above the most are refused with the code and place that the reader is told, before their end", () => {
    const attempt = (bytes: number[], read: typeof readGamma, maximum: number) => {
      try {
        return read(bitReader(Uint8Array.from(bytes)), { ...limit, maximum });
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        return `${error.code} at ${error.offset}`;
      }
    };
    expect(attempt([0b0111], readUnary, 3)).toBe(3);
    expect(attempt([0b0111], readUnary, 2)).toBe("out-of-range at 7");
    expect(attempt([255, 255, 255, 255, 255], readGamma, 1000)).toBe("out-of-range at 7");
    expect(attempt([0b1101_1111, 0b0000_0001], readGamma, 27)).toBe("out-of-range at 7");
    expect(attempt([0b10011], readGamma, 6)).toBe(6);
    expect(attempt([0b10011], readGamma, 5)).toBe("out-of-range at 7");
    expect(attempt([255], readUnary, 1000)).toMatch(/^truncated/);
  });
});

test("the elements of a shape are counted, and more than a safe integer are Infinity", () => {
  expect([[], [7], [2, 3, 4], [5, 0, 9]].map(elementCount)).toEqual([1, 7, 24, 0]);
  expect(elementCount([2 ** 26, 2 ** 27])).toBe(Number.POSITIVE_INFINITY);
  expect(elementCount([3, 2 ** 51])).toBe(3 * 2 ** 51);
  expect(elementCount([...new Array(40).fill(Number.MAX_SAFE_INTEGER), 0])).toBe(0);
});

test("values are in the range of float16 if none rounds to infinity, and float16 if rounding changes none", () => {
  expect(inFloat16Range(Float32Array.of(65504, -65519.99, 0))).toBe(true);
  for (const value of [65520, -65520, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(inFloat16Range(Float32Array.of(1, value))).toBe(false);
  }
  expect(isFloat16(Float32Array.of(0.5, -0, 65504, 2 ** -24))).toBe(true);
  for (const value of [1 / 3, 65505, 2 ** -25]) expect(isFloat16(Float32Array.of(1, value))).toBe(false);
  fc.assert(
    fc.property(fc.float32Array(), (values) => {
      const rounded = roundToFloat16(values);
      expect(isFloat16(rounded)).toBe(true);
      expect(isFloat16(values)).toBe(values.every((value, i) => Object.is(value, rounded[i])));
      expect(inFloat16Range(values)).toBe(rounded.every(Number.isFinite));
    }),
  );
});
