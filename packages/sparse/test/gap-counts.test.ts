import { bitmask, gapCounts, maskCounts, relativeIndex, summarizeGaps } from "@deep-compression/sparse";
import { sparseVectors } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function histogram(symbols: Iterable<number>, alphabet: number): number[] {
  const counts = new Array<number>(alphabet).fill(0);
  for (const symbol of symbols) counts[symbol]++;
  return counts;
}

function sum(all: readonly Uint32Array[]): number[] {
  return [...all[0]].map((_, symbol) => all.reduce((total, counts) => total + counts[symbol], 0));
}

test("one histogram of gaps gives those of every width, fillers included", () => {
  const positions = Uint32Array.of(0, 1, 5, 300, 301, 1400);
  const [summary] = summarizeGaps(positions);
  const { counts, fillers } = gapCounts(summary, 2);
  // Gaps less one: 0 0 3 294 0 1098; 294 = 73 * 4 + 2, 1098 = 274 * 4 + 2.
  expect(fillers).toBe(73 + 274);
  expect([...counts]).toEqual([3, 0, 2, 1 + 73 + 274]);
});

test("counts of gaps are those of the relative index, whole or in chunks", () => {
  fc.assert(
    fc.property(sparseVectors(), fc.integer({ min: 1, max: 8 }), (vector, gapBits) => {
      const { gaps } = relativeIndex({ gapBits }).encode(vector);
      for (const chunk of [undefined, 1, 3]) {
        const counted = summarizeGaps(vector.positions, chunk).map((summary) => gapCounts(summary, gapBits));
        expect(sum(counted.map(({ counts }) => counts))).toEqual(histogram(gaps, 2 ** gapBits));
        const fillers = counted.reduce((total, one) => total + one.fillers, 0);
        expect(fillers).toBe(gaps.length - vector.positions.length);
      }
    }),
    { numRuns },
  );
});

test("counts of a mask's bytes are those of the mask, chunk by chunk", () => {
  fc.assert(
    fc.property(sparseVectors(), fc.constantFrom(8, 64, 65536), (vector, chunk) => {
      const { mask } = bitmask().encode(vector);
      const counted = maskCounts(vector.positions, { length: vector.length, chunk });
      expect(counted.length).toBe(Math.max(1, Math.ceil(mask.length / chunk)));
      counted.forEach((counts, i) => {
        expect([...counts]).toEqual(histogram(mask.subarray(i * chunk, (i + 1) * chunk), 256));
      });
    }),
    { numRuns },
  );
});
