import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/bits")).sort()).toEqual([
    "FormatError",
    "bitReader",
    "bitWriter",
    "byteReader",
    "byteWriter",
    "bytesSource",
    "checkBitEnd",
    "checkBytes",
    "checkCodes",
    "checkInteger",
    "checkObject",
    "checkSource",
    "checkText",
    "concurrency",
    "crc32c",
    "describeValue",
    "fromFloat16",
    "packBits",
    "readExactly",
    "readText",
    "roundToFloat16",
    "seededRandom",
    "startWorker",
    "toFloat16",
    "unpackBits",
    "varintLength",
    "wasmModule",
  ]);
});
