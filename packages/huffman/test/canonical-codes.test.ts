import { canonicalCodeWords, codeLengths } from "@deep-compression/huffman";
import { completeCodeLengths } from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function bitStrings(lengths: Uint8Array): string[] {
  const words = canonicalCodeWords(lengths);
  return Array.from(lengths, (length, symbol) => (length === 0 ? "" : words[symbol].toString(2).padStart(length, "0")));
}

describe("canonical codes", () => {
  test("are those of the example in RFC 1951, section 3.2.2", () => {
    expect(bitStrings(Uint8Array.of(3, 3, 3, 3, 3, 2, 4, 4))).toEqual([
      "010",
      "011",
      "100",
      "101",
      "110",
      "00",
      "1110",
      "1111",
    ]);
  });

  test("are counted up by length, then by symbol, past absent symbols", () => {
    expect(bitStrings(Uint8Array.of(0, 2, 0, 1, 3, 3))).toEqual(["", "10", "", "0", "110", "111"]);
    expect(bitStrings(Uint8Array.of(0, 1, 0))).toEqual(["", "0", ""]);
    expect(bitStrings(Uint8Array.of(0))).toEqual([""]);
  });

  test("of 24 bits do not overflow", () => {
    const lengths = Uint8Array.from([...Array(24).keys(), 23], (i) => i + 1);
    expect(canonicalCodeWords(lengths).at(-1)).toBe(2 ** 24 - 1);
  });

  test("sort as bit strings in the order of length and symbol, and none begins another", () => {
    fc.assert(
      fc.property(completeCodeLengths(), (lengths) => {
        const strings = bitStrings(lengths).filter((string) => string !== "");
        const sorted = [...strings].sort();
        for (let i = 1; i < sorted.length; i++) expect(sorted[i].startsWith(sorted[i - 1])).toBe(false);
        expect([...strings].sort((a, b) => a.length - b.length)).toEqual(sorted);
      }),
      { numRuns },
    );
  });

  test("are refused for lengths that are no complete code", () => {
    expect(() => canonicalCodeWords(Uint8Array.of(1, 1, 1))).toThrow("lengths: expected Kraft sum 1, got 1.5");
    expect(() => canonicalCodeWords(Uint8Array.of(1, 2, 0))).toThrow("got 0.75");
    expect(() => canonicalCodeWords(Uint8Array.of(0, 2))).toThrow(RangeError);
    expect(() => canonicalCodeWords(Uint8Array.of(1))).toThrow(RangeError);
    expect(() => canonicalCodeWords(Uint8Array.of(1, 25))).toThrow("lengths[1]: expected an integer in 0..24, got 25");
    expect(() => canonicalCodeWords(new Uint8Array(0))).toThrow(RangeError);
  });

  test("exist for all lengths that codeLengths gives", () => {
    expect(canonicalCodeWords(codeLengths(new Uint32Array(65536).fill(1))).at(-1)).toBe(65535);
  });
});
