import { createHash } from "node:crypto";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { roundToFloat16 } from "@deep-compression/bits";
import { type Progress, runRecipe, type TrainedNetworks } from "@deep-compression/experiments";
import { floatValues, type Network } from "@deep-compression/network";
import { beforeAll, describe, expect, it } from "vitest";
import { smallData, smallRecipe } from "./small";

const options = { seed: 1, threads: 1, onProgress: () => {} };

function weights(network: Network, name: string): Float32Array {
  const tensor = network.tensors.find((candidate) => candidate.name === name);
  if (!tensor) throw new Error(name);
  return floatValues(tensor);
}

/** A digest of each tensor's bytes. */
function digests({ tensors }: Network): string[] {
  return tensors.map(({ bytes }) => createHash("sha256").update(bytes).digest("hex"));
}

describe("runRecipe", () => {
  const seen: Progress[] = [];
  let whole: TrainedNetworks;

  beforeAll(async () => {
    whole = await runRecipe(smallRecipe, smallData, { ...options, onProgress: (progress) => seen.push(progress) });
  });

  it("prunes to the sparsity, shares few float16 values, and never trains inputs that are always dark", () => {
    const { dense, compressed, validationErrorPercent } = whole;
    expect(validationErrorPercent).toBeLessThan(10);
    const ip1 = weights(compressed, "ip1.weight");
    expect(new Set(ip1).size).toBeLessThanOrEqual(9);
    expect(roundToFloat16(ip1)).toEqual(ip1);
    const all = ["ip1.weight", "ip2.weight", "ip3.weight"].flatMap((name) => [...weights(compressed, name)]);
    expect(all.filter((weight) => weight !== 0).length).toBeLessThanOrEqual(Math.round(0.05 * all.length));
    expect(all.some((weight) => Object.is(weight, -0))).toBe(false);
    for (let unit = 0; unit < 300; unit++) expect(weights(dense, "ip1.weight")[unit * 784]).toBe(0);
  });

  it("reports every epoch of every stage, in order", () => {
    expect(seen.map(({ stageIndex, epoch }) => `${stageIndex}.${epoch}`)).toEqual([
      "0.1",
      "0.2",
      "1.1",
      "2.1",
      "2.2",
      "2.3",
      "3.1",
      "3.2",
    ]);
    expect(
      seen.every(({ loss, validationErrorPercent }) => Number.isFinite(loss) && validationErrorPercent !== undefined),
    ).toBe(true);
    expect(seen[seen.length - 1].secondsLeft).toBe(0);
  });

  it.each([1, 3, 5, 7])(
    "goes on from its checkpoint when it is stopped after %d epochs, and ends in the same bits",
    async (stopAfter) => {
      const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
      const checkpoint = join(folder, "run.checkpoint");
      let epochs = 0;
      const stop = () => {
        if (++epochs > stopAfter) throw new Error("stopped");
      };
      const kept = { ...options, checkpoint, checkpointSeconds: 0 };
      await expect(runRecipe(smallRecipe, smallData, { ...kept, onProgress: stop })).rejects.toThrow("stopped");
      expect(await readdir(folder)).toEqual(["run.checkpoint"]);
      let left = 0;
      const resumed = await runRecipe(smallRecipe, smallData, { ...kept, onProgress: () => left++ });
      expect(resumed.resumed).toBe(true);
      expect(left).toBe(8 - stopAfter);
      expect(digests(resumed.compressed)).toEqual(digests(whole.compressed));
      expect(digests(resumed.dense)).toEqual(digests(whole.dense));
    },
  );

  it("does not go on from the checkpoint of another seed", async () => {
    const checkpoint = join(await mkdtemp(join(tmpdir(), "deep-compression-")), "run.checkpoint");
    await runRecipe(smallRecipe, smallData, { ...options, checkpoint });
    const other = await runRecipe(smallRecipe, smallData, { ...options, checkpoint, seed: 2 });
    expect(other.resumed).toBe(false);
  });
});
