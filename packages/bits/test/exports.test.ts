import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/bits")).sort()).toEqual([
    "FormatError",
    "allocateCodes",
    "bitReader",
    "bitWriter",
    "byteReader",
    "byteWriter",
    "bytesSource",
    "chain",
    "checkBitEnd",
    "checkSource",
    "constant",
    "crc32c",
    "float16s",
    "float32s",
    "fromFloat16",
    "packBits",
    "packedCodes",
    "readExactly",
    "readText",
    "record",
    "roundToFloat16",
    "toFloat16",
    "unpackBits",
    "varint",
    "varintLength",
  ]);
});
