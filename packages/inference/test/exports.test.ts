import { expect, it } from "vitest";

it("exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/inference")).sort()).toEqual([
    "SUPPORTED_OPERATORS",
    "denseWeights",
    "prepare",
    "runProblem",
    "sessionExecutor",
  ]);
});
