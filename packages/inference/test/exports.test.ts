import { expect, it } from "vitest";

it("exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/inference")).sort()).toEqual([
    "ALL_PASSES",
    "OPERATORS",
    "SUPPORTED_OPERATORS",
    "arrayOfTensor",
    "denseConv",
    "denseWeights",
    "floatData",
    "groupedGemm",
    "plainKernels",
    "prepare",
    "prepareWith",
    "runProblem",
    "sessionExecutor",
    "tensorOfArray",
  ]);
  expect(Object.keys(await import("@deep-compression/inference/threads"))).toEqual(["prepareOnThreads"]);
});
