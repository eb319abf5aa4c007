import {
  codeLengths,
  encodeSymbols,
  histogram,
  leastStreamBytes,
  streamCost,
  symbolBits,
  symbolStreamSize,
} from "@deep-compression/huffman";
import { symbolCounts, symbolSequences } from "@deep-compression/huffman/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

function sum(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((total, count) => total + count, 0);
}

/** Bits of all symbols at their entropy. */
function entropyOf(counts: Uint32Array): number {
  const total = sum(counts);
  return counts.reduce((bits, count) => (count > 0 ? bits - count * Math.log2(count / total) : bits), 0);
}

describe("the cost of a stream", () => {
  test("of one chunk is exact, unless run lengths are worth a try: then it may be less than without them", () => {
    let exact = 0;
    fc.assert(
      fc.property(symbolSequences(), ({ symbols, alphabet }) => {
        const counts = histogram(symbols, alphabet);
        const { length } = encodeSymbols(symbols, { alphabet });
        const cost = streamCost([counts]);
        expect(leastStreamBytes(counts)).toBeLessThanOrEqual(cost);
        expect(cost).toBeLessThanOrEqual(symbolStreamSize(counts).bytes);
        expect(length).toBeLessThanOrEqual(symbolStreamSize(counts).bytes);
        const most = Math.max(...counts);
        if (2 * most >= symbols.length && most < symbols.length) return;
        exact++;
        expect(cost).toBe(length);
        expect(cost).toBe(symbolStreamSize(counts).bytes);
      }),
    );
    expect(exact).toBeGreaterThan(20);
  });

  test("of several chunks is near what they take, alike or unlike", () => {
    const random = seededRandom(4);
    const chunk = (skew: number) => Uint8Array.from({ length: 65536 }, () => Math.floor(16 * random() ** skew));
    for (const chunks of [
      [chunk(1.5), chunk(1.5)],
      [chunk(1), chunk(3), chunk(1)],
    ]) {
      const symbols = new Uint8Array(chunks.length * 65536);
      chunks.forEach((own, i) => {
        symbols.set(own, i * 65536);
      });
      const { length } = encodeSymbols(symbols, { alphabet: 16 });
      const cost = streamCost(chunks.map((own) => histogram(own, 16)));
      expect(Math.abs(cost / length - 1)).toBeLessThan(0.01);
    }
  });
});

describe("the bits of symbols", () => {
  test("are those of a Huffman code where none prevails", () => {
    const counts = Uint32Array.of(5, 5, 3, 2, 1);
    expect([...Array.from(symbolBits(counts))]).toEqual([...codeLengths(counts)]);
  });

  test("of one that prevails are its information; the others have a code of their own behind it", () => {
    const [zero, one, two] = Array.from(symbolBits(Uint32Array.of(12, 2, 2)));
    expect(zero).toBeCloseTo(-Math.log2(12 / 16), 12);
    expect([one, two]).toEqual([2 + 1, 2 + 1]);
    expect(Array.from(symbolBits(Uint32Array.of(0, 7)))[1]).toBeCloseTo(0, 12);
  });

  test("of large alphabets are the entropy's", () => {
    const counts = new Uint32Array(5000).fill(1);
    counts[0] = 5000;
    const bits = symbolBits(counts);
    expect(bits[0]).toBeCloseTo(Math.log2(9999 / 5000), 12);
    expect(bits[1]).toBeCloseTo(Math.log2(9999), 12);
  });

  test("of all that occur are not below their entropy, and each is finite", () => {
    fc.assert(
      fc.property(symbolCounts(), (counts) => {
        fc.pre(sum(counts) > 0);
        const bits = symbolBits(counts);
        expect(bits.length).toBe(counts.length);
        const all = counts.reduce((total, count, symbol) => total + (count > 0 ? count * bits[symbol] : 0), 0);
        expect(all).toBeGreaterThanOrEqual(entropyOf(counts) * (1 - 1e-9) - 1e-14 * sum(counts)); // rounding
        expect(Array.from(bits).every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
