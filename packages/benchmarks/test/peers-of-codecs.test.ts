import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactDistortion } from "../src/codebook-case";
import { linearLloyd, paperScheme } from "../src/paper-scheme";
import { clumpedPositions, survivingWeights } from "../src/pruned-weights";
import { drawSymbols, entropyBytes, SYMBOL_SAMPLES } from "../src/symbol-samples";
import { quickselect } from "../src/threshold-case";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const values = fc
  .array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 12 })
  .map((numbers) => Float32Array.from(numbers, (number) => number / 16));

/** Within-cluster sum of squares of the best of all ways to cut sorted values. */
function bruteForce(sorted: readonly number[], size: number): number {
  const cost = (part: readonly number[]) => {
    const mean = part.reduce((sum, x) => sum + x, 0) / part.length;
    return part.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  };
  if (size === 1) return cost(sorted);
  const firsts = sorted.slice(0, sorted.length - size + 1).map((_, i) => i + 1);
  return Math.min(...firsts.map((end) => cost(sorted.slice(0, end)) + bruteForce(sorted.slice(end), size - 1)));
}

describe("the peers", () => {
  test("quickselect finds what sorting finds", () => {
    fc.assert(
      fc.property(values, fc.nat(), (numbers, n) => {
        const rank = n % numbers.length;
        expect(quickselect(numbers.slice(), rank)).toBe(numbers.slice().sort()[rank]);
      }),
      { numRuns },
    );
  });

  test("exact k-means has the distortion of the best of all cuts", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 4 }), (numbers, clusters) => {
        const size = Math.min(clusters, numbers.length);
        const best = bruteForce(
          [...numbers].sort((a, b) => a - b),
          size,
        );
        expect(Math.abs(exactDistortion(numbers, size) - best)).toBeLessThanOrEqual(1e-9 * (1 + best));
      }),
      { numRuns },
    );
  });

  test("linear Lloyd leaves empty clusters as they are and counts the error of what it has", () => {
    const shared = linearLloyd(Float32Array.of(0, 0, 1, 9, 10), 4);
    expect([...shared.counts]).toEqual([3, 0, 0, 2]);
    expect(shared.squaredError).toBeCloseTo(2 / 3 + 0.5, 12);
  });

  test("the paper's scheme counts codes, gaps, fillers and codebook", () => {
    // Gaps 1, 4, then 6 = a filler of 4 and 2. Two codes and the filler: 1 + 2 + 2 + 1 bits; gaps 0 3 3 1: 2 + 1 + 1 + 2 bits.
    const weights = { length: 16, positions: Uint32Array.of(0, 4, 10), values: Float32Array.of(1, -1, 1) };
    const { bytes, fillers, squaredError } = paperScheme(weights, { valueBits: 1, gapBits: 2 });
    expect({ bytes, fillers, squaredError }).toEqual({ bytes: 1 + 1 + 8, fillers: 1, squaredError: 0 });
  });
});

describe("what the benchmarks draw", () => {
  test("symbols have the entropy that was asked for", () => {
    for (const sample of SYMBOL_SAMPLES) {
      const symbols = drawSymbols(sample, { count: 200000, seed: 1 });
      const counts = new Uint32Array(sample.alphabet);
      for (const symbol of symbols) counts[symbol]!++;
      expect((8 * entropyBytes(counts)) / symbols.length).toBeCloseTo(sample.bits, 1);
    }
  });

  test("surviving weights lie beyond the threshold of their density, evenly on both sides", () => {
    // 9 % of normal draws exceed 1.6954 in magnitude, 9 % of Laplace draws -ln 0.09 = 2.4079.
    for (const [shape, threshold] of [
      ["gaussian", 1.6954],
      ["laplace", 2.4079],
    ] as const) {
      const weights = survivingWeights(shape, { count: 20000, density: 0.09, random: seededRandom(1) });
      const least = weights.reduce((smallest, weight) => Math.min(smallest, Math.abs(weight)), Infinity);
      expect(least).toBeGreaterThan(threshold - 1e-3);
      expect(least).toBeLessThan(threshold + 1e-2);
      expect(weights.filter((weight) => weight > 0).length / weights.length).toBeCloseTo(0.5, 1);
    }
  });

  test("the tail of a normal has the mean of its formula", () => {
    const weights = survivingWeights("gaussian", { count: 200000, density: 0.09, random: seededRandom(2) });
    const mean = weights.reduce((sum, weight) => sum + Math.abs(weight), 0) / weights.length;
    // E[|x| given |x| > t] = 2 phi(t) / density.
    expect(mean).toBeCloseTo((2 * Math.exp(-(1.6954 ** 2) / 2)) / Math.sqrt(2 * Math.PI) / 0.09, 2);
  });

  test("positions ascend, have the density, and spread over lines as far as they are told to", () => {
    const clumps = { rows: 300, columns: 500, density: 0.1, columnWidth: 0 };
    const spread = (rowWidth: number) => {
      const positions = clumpedPositions({ ...clumps, rowWidth }, { seed: 3 });
      expect(positions.every((position, i) => i === 0 || position > positions[i - 1]!)).toBe(true);
      expect(positions.length / 150000).toBeCloseTo(0.1, 2);
      const counts = new Float64Array(300);
      for (const position of positions) counts[Math.floor(position / 500)]!++;
      return counts.reduce((sum, count) => sum + (count - 50) ** 2, 0) / 300;
    };
    expect(spread(0)).toBeLessThan(2 * 45); // binomial: 500 * 0.1 * 0.9
    expect(spread(0.7)).toBeGreaterThan(10 * 45);
  });
});
