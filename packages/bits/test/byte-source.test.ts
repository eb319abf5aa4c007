import { type ByteSource, bytesSource, checkSource, readExactly } from "@deep-compression/bits";
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

test("what is no source is refused, and of a Blob it is said how it becomes one", async () => {
  const attempt = (value: unknown) => () => checkSource("source", value as ByteSource);
  expect(attempt(bytes)()).toBe(bytes);
  const message = "source: expected { byteLength, slice(start, end) }, got";
  expect(attempt(undefined)).toThrow(new TypeError(`${message} undefined`));
  expect(attempt("a.dcz")).toThrow(new TypeError(`${message} "a.dcz"`));
  for (const byteLength of [undefined, Number.NaN, -1, 1.5, "4"]) {
    expect(attempt({ byteLength, slice: () => bytes })).toThrow(new TypeError(`${message} Object`));
  }
  expect(attempt({ byteLength: 4 })).toThrow(new TypeError(`${message} Object`));
  const blob = new Blob([bytes]);
  expect(attempt(blob)).toThrow(/got Blob: give \{ byteLength: blob.size, slice: async \(a, b\) => .* \}$/);
  const given = {
    byteLength: blob.size,
    slice: async (a: number, b?: number) => new Uint8Array(await blob.slice(a, b).arrayBuffer()),
  };
  expect(await readExactly(checkSource("source", given), 1, 2)).toEqual(Uint8Array.of(2, 3));
});
