import { readFileSync } from "node:fs";
import {
  byteReader,
  byteWriter,
  chain,
  crc32c,
  packBits,
  packedCodes,
  record,
  unpackBits,
  varint,
} from "@deep-compression/bits";
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

test("the README's codecs do what it says", () => {
  const line = record({ row: varint(), gaps: packedCodes({ width: 3 }) });
  const bytes = line.encode({ row: 300, gaps: Uint8Array.of(7, 0, 2) });
  const { row, gaps } = line.decode(bytes);
  const even = chain({ name: "half", encode: (n: number) => n / 2, decode: (n: number) => 2 * n }, varint());
  expect(bytes).toEqual(Uint8Array.of(2, 172, 2, 3, 135, 0));
  expect([row, ...gaps]).toEqual([300, 7, 0, 2]);
  expect(even.name).toBe("half > varint");
  expect(even.decode(even.encode(300))).toBe(300);
});
