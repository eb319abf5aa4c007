import { codeLengths, MAX_CODE_LENGTH } from "@deep-compression/huffman";
import { symbolCounts } from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeLengthsByLimit, huffmanLengths } from "../src/code-lengths";
import { expectSame } from "./expect-same";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function kraftSum(lengths: Uint8Array): number {
  return lengths.reduce((sum, length) => sum + (length > 0 ? 2 ** -length : 0), 0);
}

function cost(lengths: Uint8Array | readonly number[], counts: ArrayLike<number>): number {
  return Array.from(lengths).reduce((sum, length, i) => sum + length * counts[i], 0);
}

/** Every way to give code words of 1..maxLength bits to n symbols, by Kraft's inequality; the least cost of them. */
function leastCost(counts: readonly number[], maxLength: number): number {
  function search(i: number, space: number): number {
    if (i === counts.length) return 0;
    let least = Number.POSITIVE_INFINITY;
    for (let length = 1; length <= maxLength; length++) {
      const left = space - 2 ** -length;
      if (left >= 0) least = Math.min(least, length * counts[i] + search(i + 1, left));
    }
    return least;
  }
  return search(0, 1);
}

/** Huffman's own algorithm without a limit: the sum of the weights of all merges. */
function huffmanCost(counts: readonly number[]): number {
  const weights = [...counts];
  let bits = 0;
  while (weights.length > 1) {
    weights.sort((a, b) => b - a);
    const merged = (weights.pop() ?? 0) + (weights.pop() ?? 0);
    bits += merged;
    weights.push(merged);
  }
  return bits;
}

describe("code lengths", () => {
  test("are those of Huffman's algorithm where the limit does not bind", () => {
    expect(codeLengths(Uint32Array.of(1, 1, 2, 4, 8))).toEqual(Uint8Array.of(4, 4, 3, 2, 1));
    expect(codeLengths(Uint32Array.of(5, 0, 5))).toEqual(Uint8Array.of(1, 0, 1));
  });

  test("keep within the limit", () => {
    expect(codeLengths(Uint32Array.of(1, 1, 2, 4, 8), { maxLength: 3 })).toEqual(Uint8Array.of(3, 3, 3, 3, 1));
    expect(codeLengths(Uint32Array.of(1, 100, 10000, 1000000), { maxLength: 2 })).toEqual(Uint8Array.of(2, 2, 2, 2));
  });

  test("of equal counts give the higher symbol the longer code", () => {
    expect(codeLengths(Uint32Array.of(1, 1, 1))).toEqual(Uint8Array.of(1, 2, 2));
    expect(codeLengths(Uint32Array.of(2, 2, 2, 2, 2))).toEqual(Uint8Array.of(2, 2, 2, 3, 3));
  });

  test("of no symbol are zeros, of one symbol 1, in an alphabet of one symbol 0", () => {
    expect(codeLengths(new Uint32Array(3))).toEqual(Uint8Array.of(0, 0, 0));
    expect(codeLengths(Uint32Array.of(0, 7, 0))).toEqual(Uint8Array.of(0, 1, 0));
    expect(codeLengths(Uint32Array.of(7))).toEqual(Uint8Array.of(0));
    expect(codeLengths(Uint32Array.of(0))).toEqual(Uint8Array.of(0));
  });

  test("of 65,536 equal counts are all 16", () => {
    expectSame(codeLengths(new Uint32Array(65536).fill(3)), new Uint8Array(65536).fill(16));
  });

  test("reach the longest code word that the limit allows for Fibonacci counts", () => {
    const counts = [1, 1];
    while (counts.length < 40) counts.push(counts[counts.length - 1] + counts[counts.length - 2]);
    const lengths = codeLengths(Uint32Array.from(counts), { maxLength: MAX_CODE_LENGTH });
    expect(Math.max(...lengths)).toBe(MAX_CODE_LENGTH);
    expect(kraftSum(lengths)).toBe(1);
  });

  test("cost no more than any other prefix code within the limit (brute force)", () => {
    const small = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(small, fc.integer({ min: 3, max: 5 }), (counts, maxLength) => {
        const lengths = codeLengths(Uint32Array.from(counts), { maxLength });
        expect(Math.max(...lengths)).toBeLessThanOrEqual(maxLength);
        expect(cost(lengths, counts)).toBe(leastCost(counts, maxLength));
      }),
      { numRuns },
    );
  });

  test("cost what Huffman's algorithm costs for up to 20 symbols of small counts", () => {
    const small = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(small, (counts) => {
        const lengths = codeLengths(Uint32Array.from(counts), { maxLength: 19 });
        expect(cost(lengths, counts)).toBe(huffmanCost(counts));
      }),
      { numRuns },
    );
  });

  test("without a limit cost what those with one cost that does not bind", () => {
    fc.assert(
      fc.property(symbolCounts({ maxSize: 60 }), (counts) => {
        fc.pre(counts.filter((count) => count > 0).length > 1);
        const lengths = huffmanLengths(counts, MAX_CODE_LENGTH);
        const limited = codeLengths(counts, { maxLength: MAX_CODE_LENGTH });
        if (lengths === undefined) expect(Math.max(...limited)).toBe(MAX_CODE_LENGTH);
        else expect(cost(lengths, [...counts])).toBe(cost(limited, [...counts]));
        const longest = Math.max(...(lengths ?? limited));
        expect(huffmanLengths(counts, longest - 1)).toBeUndefined();
      }),
      { numRuns },
    );
  });

  test("have Kraft sum 1, a code word for just the symbols that occur, and no shorter one for a rarer symbol", () => {
    fc.assert(
      fc.property(symbolCounts(), fc.integer({ min: 9, max: MAX_CODE_LENGTH }), (counts, maxLength) => {
        const lengths = codeLengths(counts, { maxLength });
        const present = counts.filter((count) => count > 0).length;
        if (present > 1) expect(kraftSum(lengths)).toBe(1);
        if (counts.length > 1)
          expect(lengths.map((length) => Math.min(length, 1))).toEqual(Uint8Array.from(counts, (c) => Math.min(c, 1)));
        const order = Array.from(counts.keys())
          .filter((i) => counts[i] > 0)
          .sort((a, b) => counts[a] - counts[b] || b - a);
        for (let i = 1; i < order.length; i++) expect(lengths[order[i]]).toBeLessThanOrEqual(lengths[order[i - 1]]);
      }),
      { numRuns },
    );
  });

  test("found for all limits at once are those found for each", () => {
    fc.assert(
      fc.property(symbolCounts({ maxSize: 60 }), (counts) => {
        fc.pre(counts.filter((count) => count > 0).length > 1);
        const all = codeLengthsByLimit(counts, { minimum: 6, maximum: 12 });
        const each = [6, 7, 8, 9, 10, 11, 12].map((maxLength) => codeLengths(counts, { maxLength }));
        expect(each.map((_, i) => all[i] ?? all.at(-1))).toEqual(each);
        const last = 5 + all.length;
        if (last < 12) expect(Math.max(...all.at(-1)!)).toBeLessThan(last);
      }),
      { numRuns },
    );
  });

  test("are refused where the limit leaves too few code words, and wrong arguments are named", () => {
    expect(() => codeLengths(Uint32Array.of(1, 1, 1), { maxLength: 1 })).toThrow(
      "maxLength: expected an integer in 2..24, got 1",
    );
    expect(() => codeLengths(Uint32Array.of(1), { maxLength: 25 })).toThrow(RangeError);
    expect(() => codeLengths(new Uint32Array(0))).toThrow("counts.length");
    // @ts-expect-error: an array of numbers is no Uint32Array
    expect(() => codeLengths([1, 2])).toThrow(TypeError);
  });
});
