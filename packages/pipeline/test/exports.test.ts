import { expect, test } from "vitest";

test("the package exports exactly these names", async () => {
  expect(Object.keys(await import("@deep-compression/pipeline")).sort()).toEqual([
    "FREE_ELEMENTS",
    "MAX_CODED_ELEMENTS",
    "MAX_ELEMENTS_PER_BYTE",
    "SECTION_KINDS",
    "compress",
    "compressFrom",
    "decompress",
    "decompressTensors",
    "expandWeight",
    "ledgerOf",
    "ledgerTotals",
    "openNetwork",
    "openWeights",
    "readTensor",
  ]);
  expect(Object.keys(await import("@deep-compression/pipeline/arbitraries")).sort()).toEqual([
    "dczFiles",
    "losslessPlans",
    "mutatedDczFiles",
    "networks",
    "plans",
    "ratePlans",
    "shapes",
    "tensorPlans",
  ]);
});
