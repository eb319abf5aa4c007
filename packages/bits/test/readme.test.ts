import { readFileSync } from "node:fs";
import { byteReader, byteWriter, crc32c, packBits, unpackBits } from "@deep-compression/bits";
import { expect, test } from "vitest";
import * as pieces from "./readme-example";

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

test("the README's pieces are readme-example.ts, and give what it says", () => {
  const example = readFileSync(new URL("./readme-example.ts", import.meta.url), "utf8");
  expect(readFileSync(new URL("../README.md", import.meta.url), "utf8")).toContain(`\`\`\`ts\n${example}\`\`\``);
  expect(pieces).toMatchObject({ fields: [5, 1000], half: 0.333251953125, parts: crc32c(Uint8Array.of(1, 2, 3, 4)) });
});
