import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/tensor-codec")).sort()).toEqual([
    "MAX_CENTROIDS",
    "NO_BYTES",
    "SECTION_KINDS",
    "cheapestSection",
    "checkEntries",
    "decodeRaw",
    "decodeSection",
    "dequantizeWeight",
    "encodeRaw",
    "encodeRawBelow",
    "encodeSection",
    "formCandidates",
    "formOfKind",
    "isRawForm",
    "matrixOf",
    "rawLedger",
    "sectionLedger",
    "sharedElements",
    "sharedWeights",
    "storeIn",
    "weightEntries",
  ]);
  expect(Object.keys(await import("@deep-compression/tensor-codec/arbitraries")).sort()).toEqual([
    "densityClassSections",
  ]);
});
