import {
  bitmaskBits,
  cheapestGapBits,
  cscBits,
  csrBits,
  fillerCount,
  gapVectorBits,
  relativeIndex,
} from "@deep-compression/sparse";
import { sparseVectors } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("CSR and CSC are the paper's 2a + n + 1 numbers", () => {
  const shape = { rows: 10, columns: 20, nonZeros: 7, valueBits: 32 };
  expect(csrBits(shape)).toBe((2 * 7 + 10 + 1) * 32);
  expect(cscBits(shape)).toBe((2 * 7 + 20 + 1) * 32);
  expect(csrBits({ ...shape, valueBits: 5, indexBits: 5, startBits: 8 })).toBe(7 * 10 + 11 * 8);
});

test("a bitmask is one bit an element and the values", () => {
  expect(bitmaskBits({ length: 100, nonZeros: 7, valueBits: 5 })).toBe(135);
});

test("figure 2 has one filler: 4 entries of a 3-bit gap and a 32-bit value", () => {
  const positions = Uint32Array.of(1, 4, 15);
  expect(fillerCount(positions, 3)).toBe(1);
  expect(gapVectorBits(positions, { length: 16, gapBits: 3, valueBits: 32 })).toBe(4 * 35);
});

test("positions up to 2^32 - 1 are counted right", () => {
  const positions = Uint32Array.of(2 ** 31, 2 ** 32 - 1);
  expect(fillerCount(positions, 8)).toBe(2 ** 23 + 2 ** 23 - 1);
  expect(fillerCount(positions.subarray(1), 1)).toBe(2 ** 31 - 1);
});

test("of two widths of equal size the smaller is taken", () => {
  // No gaps at all: every width costs nothing.
  const empty = { length: 9, positions: new Uint32Array(0) };
  expect(cheapestGapBits(empty, { valueBits: 5 })).toEqual({ gapBits: 1, bits: 0, fillers: 0 });
});

test("the fillers and the size counted are those the encoder writes, and no width is cheaper than the cheapest", () => {
  fc.assert(
    fc.property(sparseVectors(), fc.integer({ min: 0, max: 32 }), (vector, valueBits) => {
      const sizes = [1, 2, 3, 4, 5, 6, 7, 8].map((gapBits) => {
        const { gaps } = relativeIndex({ gapBits }).encode(vector);
        const fillers = gaps.length - vector.positions.length;
        const bits = gaps.length * (gapBits + valueBits);
        expect(fillerCount(vector.positions, gapBits)).toBe(fillers);
        expect(gapVectorBits(vector.positions, { length: vector.length, gapBits, valueBits })).toBe(bits);
        return { gapBits, bits, fillers };
      });
      const least = Math.min(...sizes.map(({ bits }) => bits));
      expect(cheapestGapBits(vector, { valueBits })).toEqual(sizes.find(({ bits }) => bits === least));
    }),
    { numRuns },
  );
});

test("wrong arguments name themselves", () => {
  expect(() => fillerCount(Uint32Array.of(1), 0)).toThrow(/^gapBits/);
  expect(() => fillerCount(Uint32Array.of(3, 1), 2)).toThrow(/^positions\[1\]/);
  expect(() => bitmaskBits({ length: 3, nonZeros: 4, valueBits: 5 })).toThrow(/^nonZeros/);
  expect(() => csrBits({ rows: -1, columns: 3, nonZeros: 0, valueBits: 5 })).toThrow(/^rows/);
  expect(() => cheapestGapBits({ length: 2, positions: Uint32Array.of(2) }, { valueBits: 5 })).toThrow(
    /^positions\[0\]/,
  );
  expect(() => cheapestGapBits({ length: 2, positions: Uint32Array.of(1) }, { valueBits: -1 })).toThrow(/^valueBits/);
});
