import { byteReader, byteWriter, crc32c, packBits, unpackBits } from "@deep-compression/bits";
import { expect, test } from "vitest";

test("the README's example runs and says what it does", () => {
  const packed = packBits(Uint8Array.of(3, 1, 4, 1, 5), 3);
  const writer = byteWriter();
  writer.varint(packed.length);
  writer.bytes(packed);
  writer.u32(crc32c(packed));
  const reader = byteReader(writer.finish());
  const values = unpackBits(reader.bytes(reader.varint()), { width: 3, count: 5 });
  expect(packed.length).toBe(2);
  expect(values).toEqual(Uint8Array.of(3, 1, 4, 1, 5));
  expect(reader.u32()).toBe(crc32c(packed));
});
