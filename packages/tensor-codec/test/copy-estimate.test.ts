import { seededRandom } from "@deep-compression/runtime";
import { encodeRaw } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { leastCopiedBytes } from "../src/copy-estimate";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Elements of few values: one after the other with some out of turn, a step up or down, mostly zeros, or by chance. */
const repetitive = fc
  .record({
    kind: fc.constantFrom("cycle", "walk", "sparse", "chance"),
    count: fc.integer({ min: 65, max: 4000 }),
    levels: fc.integer({ min: 1, max: 32 }),
    seed: fc.nat({ max: 1000 }),
  })
  .map(({ kind, count, levels, seed }) => {
    const random = seededRandom(seed + 1);
    const values = Float32Array.from({ length: levels }, () => random() - 0.5);
    const next = {
      cycle: (before: number) => (random() < 0.05 ? 0 : before + 1),
      walk: (before: number) => Math.abs(before + Math.round(2 * random() - 1)),
      sparse: () => (random() < 0.8 ? 0 : Math.floor(levels * random())),
      chance: () => Math.floor((levels * (random() + random() + random())) / 3),
    }[kind];
    let level = 0;
    const elements = Float32Array.from({ length: count }, () => {
      level = next(level) % levels;
      return values[level];
    });
    return new Uint8Array(elements.buffer);
  });

/** What codes of elements of four bytes take: at their entropy, with a codebook in float32. */
function codedBytes(elements: Uint8Array): number {
  const counts = new Map<number, number>();
  for (const element of new Uint32Array(elements.buffer)) counts.set(element, (counts.get(element) ?? 0) + 1);
  const total = elements.length / 4;
  const bits = [...counts.values()].reduce((sum, n) => sum + n * Math.log2(total / n), 0);
  return 4 * counts.size + bits / 8;
}

test("where deflate takes fewer bytes than codes, no more than codes take are told beforehand", () => {
  let wins = 0;
  fc.assert(
    fc.property(repetitive, (elements) => {
      const codes = codedBytes(elements);
      if (encodeRaw(elements, { bits: 32 }).bytes.length >= codes) return;
      wins++;
      expect(leastCopiedBytes(elements, 4)).toBeLessThan(codes);
    }),
    { numRuns },
  );
  expect(wins).toBeGreaterThan(numRuns / 10);
});

test("of weights that share values by chance more is told than codes take, and nothing of noise", () => {
  const random = seededRandom(5);
  const shared = Float32Array.from({ length: 4096 }, () => Math.floor(16 * random()) - 7.7);
  expect(leastCopiedBytes(new Uint8Array(shared.buffer), 4)).toBeGreaterThan(4096 / 2);
  const noise = Float32Array.from({ length: 4096 }, random);
  expect(leastCopiedBytes(new Uint8Array(noise.buffer), 4)).toBe(0);
});
