import { expect, test } from "vitest";

test("the public exports are these", async () => {
  expect(Object.keys(await import("@deep-compression/codebook")).sort()).toEqual([
    "MAX_OPTIMAL_SIZE",
    "MOST_SORTED",
    "assign",
    "balanceErrors",
    "centroidGradients",
    "codebook",
    "compressionRate",
    "dequantize",
    "distributionOf",
    "exactCodebook",
    "fitCodebook",
    "fitEntropyConstrained",
    "nonZeroValues",
    "quantize",
    "recode",
    "sampledValues",
    "shareValues",
    "sharedValues",
    "squaredError",
    "withZero",
    "zeroIndex",
  ]);
  expect(Object.keys(await import("@deep-compression/codebook/arbitraries")).sort()).toEqual([
    "codebooks",
    "codedValues",
    "importances",
    "mutatedCodebooks",
    "values",
  ]);
});
