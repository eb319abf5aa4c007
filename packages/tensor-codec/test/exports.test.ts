import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/tensor-codec")).sort()).toEqual([
    "MAX_CENTROIDS",
    "MAX_ELEMENTS_PER_BYTE",
    "NO_BYTES",
    "SECTION_KINDS",
    "areFinite",
    "cheapestSection",
    "checkEntries",
    "decodeRaw",
    "decodeScaledSection",
    "decodeSection",
    "dequantizeWeight",
    "encodeRaw",
    "encodeRawBelow",
    "encodeScales",
    "encodeSection",
    "formCandidates",
    "isGrid",
    "isRawForm",
    "kindNumber",
    "leastPrecision",
    "matrixOf",
    "rawLedger",
    "sectionKind",
    "sectionLedger",
    "sharedElements",
    "sharedWeights",
    "storeIn",
    "unwrapSection",
    "weightEntries",
    "wrapSection",
  ]);
  expect(Object.keys(await import("@deep-compression/tensor-codec/arbitraries")).sort()).toEqual([
    "densityClassSections",
    "scaledSections",
  ]);
});
