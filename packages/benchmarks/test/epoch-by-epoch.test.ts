import { expect, test } from "vitest";
import { epochByEpoch } from "../src/epoch-by-epoch";

/** A training run of `epochs` epochs that logs what it does and may fail in one of them. */
function loggedRun(options: { readonly epochs: number; readonly failsIn?: number }) {
  const log: string[] = [];
  const train = async (onEpoch: () => Promise<void>) => {
    log.push("prepared");
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      if (epoch === options.failsIn) throw new Error(`epoch ${epoch} diverged`);
      log.push(`epoch ${epoch}`);
      await onEpoch();
    }
  };
  return { log, epoch: epochByEpoch(train) };
}

test("each call trains one epoch and the run is prepared once", async () => {
  const { log, epoch } = loggedRun({ epochs: 5 });
  expect(log).toEqual([]);
  await epoch();
  expect(log).toEqual(["prepared", "epoch 1"]);
  await epoch();
  await epoch();
  expect(log).toEqual(["prepared", "epoch 1", "epoch 2", "epoch 3"]);
});

test.each([1, 3])("a run that fails in epoch %i rejects that call", async (failsIn) => {
  const { epoch } = loggedRun({ epochs: 5, failsIn });
  for (let i = 1; i < failsIn; i++) await epoch();
  await expect(epoch()).rejects.toThrow(`epoch ${failsIn} diverged`);
});

test("a call after the last epoch rejects instead of waiting for ever", async () => {
  const { epoch } = loggedRun({ epochs: 1 });
  await epoch();
  await expect(epoch()).rejects.toThrow("no epoch left");
});
