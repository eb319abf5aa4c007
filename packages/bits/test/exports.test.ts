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
    "checkSource",
    "crc32c",
    "fromFloat16",
    "packBits",
    "readExactly",
    "readText",
    "roundToFloat16",
    "toFloat16",
    "unpackBits",
    "varintLength",
  ]);
});
