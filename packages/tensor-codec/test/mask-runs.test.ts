import { summarizeGaps } from "@deep-compression/sparse";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runsOfMask, tokenCounts, writeRuns } from "../src/mask-runs";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const maskBytes = fc.array(fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat({ max: 255 })), {
  maxLength: 300,
});

test("a run is the zeros before a one, 255 of them a continuation", () => {
  expect(runsOfMask(Uint8Array.of(0b10010, 0, 0b1))).toEqual(Uint8Array.of(1, 2, 11));
  const far = new Uint8Array(65);
  far[31] = 0x80; // position 255
  far[64] = 0x01; // position 512, 256 zeros behind it
  expect(runsOfMask(far)).toEqual(Uint8Array.of(255, 0, 255, 1));
  expect(runsOfMask(new Uint8Array(99))).toEqual(new Uint8Array(0));
});

test("runs give the mask back, and their tokens are counted from gaps", () => {
  fc.assert(
    fc.property(maskBytes, (bytes) => {
      const mask = Uint8Array.from(bytes);
      const tokens = runsOfMask(mask);
      const back = new Uint8Array(mask.length);
      writeRuns(back, tokens, { runBytes: mask.length, offset: 0 });
      expect(back).toEqual(mask);
      const all = Uint32Array.from({ length: 8 * mask.length }, (_, i) => i);
      const positions = all.filter((i) => ((mask[i >> 3]! >> (i & 7)) & 1) === 1);
      const counts = new Uint32Array(256);
      for (const token of tokens) counts[token]!++;
      const [summary] = summarizeGaps(positions);
      const about = tokenCounts(summary!);
      if (!tokens.includes(255)) expect(about).toEqual(counts);
      // Of 256 zeros and more, the low digits and now and then a continuation are off.
      const long = tokens.filter((token) => token === 255).length;
      const off = about.reduce((sum, count, token) => sum + Math.abs(count - counts[token]!), 0);
      expect(off).toBeLessThanOrEqual(3 * long);
    }),
    { numRuns },
  );
});
