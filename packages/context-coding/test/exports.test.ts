import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/context-coding")).sort()).toEqual([
    "FREE_ELEMENTS",
    "MAX_ELEMENTS_PER_BYTE",
    "MAX_MIXED_BYTES",
    "adaptiveBits",
    "byteCoding",
    "contextCoding",
    "rangeDecoder",
    "rangeEncoder",
  ]);
});

test("the subpath arbitraries exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/context-coding/arbitraries")).sort()).toEqual([
    "grids",
    "rankMatrices",
    "rankStreams",
  ]);
});
