import { distributionOf } from "@deep-compression/codebook";
import { values } from "@deep-compression/codebook/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { candidateCuts, thinnedCuts } from "../src/candidate-cuts";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("thinned cuts leave the least distance between their points, and none that would fit is missing", () => {
  const lists = values({ minLength: 1, maxLength: 60, maxMagnitude: 100 });
  fc.assert(
    fc.property(lists, fc.double({ min: 0, max: 20, noNaN: true }), (list, least) => {
      const data = distributionOf(list);
      const { points } = data;
      const all = candidateCuts(data, 1000);
      const kept = thinnedCuts(data, all, least);
      expect([kept[0], kept.at(-1)]).toEqual([0, points.length]);
      for (const [i, cut] of kept.subarray(1, -1).entries()) {
        expect(points[cut] - points[kept[i]]).toBeGreaterThanOrEqual(least);
      }
      for (const cut of all.subarray(0, -1)) {
        const before = kept.findLast((one) => one <= cut) ?? 0;
        expect(before === cut || points[cut] - points[before] < least).toBe(true);
      }
    }),
    { numRuns },
  );
});
