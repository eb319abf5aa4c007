// A section competes with all else that could hold its values, so that a network which is compressed has nothing left to gain.
import { compress } from "@deep-compression/pipeline";
import { networks, plans } from "@deep-compression/pipeline/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decompressed } from "./opened";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

test("compressing a compressed network again gives the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), plans(), async (network, { default: plan, ...effort }) => {
      fc.pre(plan.share !== "none");
      const { form, gapBits, lineMaps, order, centroids } = plan;
      const { bytes } = compress(network, { default: { ...plan, negativeZero: "drop" }, ...effort });
      const again = compress(await decompressed(bytes), {
        default: { form, gapBits, lineMaps, order, centroids },
        ...effort,
      });
      expect(Buffer.compare(again.bytes, bytes)).toBe(0);
    }),
    { numRuns },
  );
});
