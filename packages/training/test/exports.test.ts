import { expect, test } from "vitest";

test("the public exports are these", async () => {
  expect(Object.keys(await import("@deep-compression/training")).sort()).toEqual([
    "constant",
    "cosine",
    "createTrainer",
    "cubicSparsity",
    "finetune",
    "gradualPruning",
    "initialize",
    "prune",
    "removeUnits",
    "shareWeights",
    "softTargets",
    "steps",
    "trainingProblem",
  ]);
});
