import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/tensor-codec")).sort()).toEqual([
    "MAX_CENTROIDS",
    "SECTION_KINDS",
    "cheapestSection",
    "checkEntries",
    "decodeRaw",
    "decodeSection",
    "dequantizeWeight",
    "encodeSection",
    "formCandidates",
    "formOfKind",
    "matrixOf",
    "rawLedger",
    "sectionLedger",
    "sharedWeights",
    "storeIn",
    "weightEntries",
  ]);
  expect(Object.keys(await import("@deep-compression/tensor-codec/arbitraries")).sort()).toEqual([
    "densityClassSections",
  ]);
});
