import { type ByteSource, bytesSource, readExactly } from "@deep-compression/bits";
import { expect, test } from "vitest";

const bytes = Uint8Array.of(1, 2, 3, 4);

test("slices of bytes in memory are views", () => {
  const source = bytesSource(bytes);
  expect(source.byteLength).toBe(4);
  expect(source.slice(1, 3)).toEqual(Uint8Array.of(2, 3));
  expect((source.slice(2) as Uint8Array).buffer).toBe(bytes.buffer);
});

test("exactly the bytes asked for come, or truncated, or a wrong argument", async () => {
  expect(await readExactly(bytesSource(bytes), 1, 2)).toEqual(Uint8Array.of(2, 3));
  expect(await readExactly(bytesSource(bytes), 9, 0)).toEqual(new Uint8Array(0));
  await expect(readExactly(bytesSource(bytes), 2, 5)).rejects.toMatchObject({ code: "truncated", offset: 4 });
  const generous: ByteSource = { byteLength: 4, slice: async () => bytes };
  await expect(readExactly(generous, 0, 3)).rejects.toThrow("source.slice(): expected 3 bytes, got 4");
});
