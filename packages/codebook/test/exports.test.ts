import { expect, test } from "vitest";

test("the public exports are these", async () => {
  expect(Object.keys(await import("@deep-compression/codebook")).sort()).toEqual([
    "assign",
    "centroidGradients",
    "codesByThresholds",
    "compressionRate",
    "distributionOf",
    "exactCodebook",
    "expand",
    "fitCodebook",
    "fitEntropyConstrained",
    "maxOptimalSize",
  ]);
  expect(Object.keys(await import("@deep-compression/codebook/arbitraries")).sort()).toEqual([
    "codebooks",
    "codedValues",
    "importances",
    "mutatedCodebooks",
    "values",
  ]);
});
