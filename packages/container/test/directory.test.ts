import { type ByteWriter, byteWriter, FormatError } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import { PRESET_DICTIONARY } from "@deep-compression/container";
import { byteCoding, MAX_MIXED_BYTES } from "@deep-compression/context-coding";
import { expect, test } from "vitest";
import { compareText } from "../src/content";
import { decodeDirectory } from "../src/directory";
import { MAX_DIRECTORY_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_SECTIONS, MAX_TENSORS } from "../src/limits";

/** Fields as they are, behind the packing 0 that says so. */
function directory(write: (out: ByteWriter) => void): Uint8Array {
  const out = byteWriter();
  out.u8(0);
  write(out);
  return out.finish();
}

function expectCode(code: string, write: (out: ByteWriter) => void): void {
  expect(() => decodeDirectory(directory(write), { baseOffset: 13 })).toThrow(expect.objectContaining({ code }));
}

/** A tensor of one section without bytes. */
function scalar(out: ByteWriter, name: string): void {
  out.text(name);
  for (const byte of [1, 0, 1, 1, 0]) out.u8(byte);
}

/** A tensor that repeats another. */
function repeat(out: ByteWriter, name: string, number: number, [type = 1, ...shape]: readonly number[] = []): void {
  out.text(name);
  for (const byte of [type, shape.length, ...shape, 0, number]) out.u8(byte);
}

/** No metadata, no model, then as many tensors. */
function start(out: ByteWriter, tensors: number): void {
  out.varint(0);
  out.varint(0);
  out.varint(tensors);
}

test("two tensors of one name are refused", () => {
  expectCode("duplicate-name", (out) => {
    start(out, 2);
    scalar(out, "w");
    scalar(out, "w");
  });
});

test("metadata keys stand in order, each once", () => {
  const keys = (first: string, second: string) => (out: ByteWriter) => {
    out.varint(2);
    for (const text of [first, "", second, ""]) out.text(text);
    out.varint(0);
    out.varint(0);
  };
  expect(decodeDirectory(directory(keys("a", "b")), { baseOffset: 13 }).metadata).toEqual({ a: "", b: "" });
  expectCode("duplicate-name", keys("a", "a"));
  expectCode("not-canonical", keys("b", "a"));
});

test("counts above a limit are refused before anything is allocated", () => {
  expectCode("limit-exceeded", (out) => start(out, MAX_TENSORS + 1));
  expectCode("truncated", (out) => start(out, MAX_TENSORS));
  expectCode("limit-exceeded", (out) => {
    start(out, 1);
    out.text("w".repeat(MAX_NAME_BYTES + 1));
  });
  const tail =
    (...bytes: number[]) =>
    (out: ByteWriter) => {
      start(out, 1);
      out.text("w");
      for (const byte of bytes) out.u8(byte);
    };
  expectCode("limit-exceeded", tail(1, MAX_RANK + 1));
  expectCode("limit-exceeded", tail(1, 0, MAX_SECTIONS + 1));
  expectCode("out-of-range", tail(0, 0, 0));
  expectCode("trailing-data", tail(1, 0, 1, 1, 0, 0));
});

test("a shape of more than 2^53 - 1 elements is refused, a zero among its dimensions or not", () => {
  const shaped =
    (...shape: number[]) =>
    (out: ByteWriter) => {
      start(out, 1);
      out.text("w");
      out.u8(1);
      out.u8(shape.length);
      for (const dimension of shape) out.varint(dimension);
      for (const byte of [1, 1, 0]) out.u8(byte);
    };
  expectCode("limit-exceeded", shaped(2 ** 30, 2 ** 30));
  expect(decodeDirectory(directory(shaped(2 ** 30, 2 ** 30, 0)), { baseOffset: 13 }).tensors[0].shape[2]).toBe(0);
});

test("a section that claims more bytes than its checksums cover is refused", () => {
  expectCode("truncated", (out) => {
    start(out, 1);
    out.text("w");
    for (const byte of [1, 0, 1, 1]) out.u8(byte);
    out.varint(2 ** 50);
    out.u32(0);
  });
});

test("a tensor repeats an earlier one of its type and shape that has sections of its own", () => {
  const after = (...repeats: Parameters<typeof repeat>[]) =>
    directory((out) => {
      start(out, 1 + repeats.length);
      scalar(out, "w");
      for (const [, ...rest] of repeats) repeat(out, ...rest);
    });
  const one = byteWriter();
  const { tensors } = decodeDirectory(after([one, "x", 0], [one, "y", 0]), { baseOffset: 13 });
  expect(tensors.map(({ repeats, sections }) => [repeats, sections])).toEqual([
    [undefined, tensors[0].sections],
    [0, tensors[0].sections],
    [0, tensors[0].sections],
  ]);
  const refused = [
    after([one, "x", 1]),
    after([one, "x", 2], [one, "y", 0]),
    after([one, "x", 0], [one, "y", 1]),
    after([one, "x", 0, [2]]),
    after([one, "x", 0, [1, 1]]),
  ];
  for (const bytes of refused) {
    expect(() => decodeDirectory(bytes, { baseOffset: 13 })).toThrow(expect.objectContaining({ code: "out-of-range" }));
  }
});

test("tensors that repeat others have as many elements as those, and 2^24 more", () => {
  const large = (elements: number, repeats: number) =>
    directory((out) => {
      start(out, 1 + repeats);
      out.text("w");
      for (const byte of [1, 1]) out.u8(byte);
      out.varint(elements);
      for (const byte of [1, 1, 0]) out.u8(byte);
      for (let i = 0; i < repeats; i++) {
        out.text(`w${i}`);
        for (const byte of [1, 1]) out.u8(byte);
        out.varint(elements);
        for (const byte of [0, 0]) out.u8(byte);
      }
    });
  expect(decodeDirectory(large(2 ** 40, 1), { baseOffset: 13 }).tensors.length).toBe(2);
  expect(decodeDirectory(large(2 ** 24, 2), { baseOffset: 13 }).tensors.length).toBe(3);
  for (const bytes of [large(2 ** 40, 2), large(2 ** 24 + 1, 2), large(2 ** 10, 2 ** 14 + 2)]) {
    expect(() => decodeDirectory(bytes, { baseOffset: 13 })).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  }
});

test("a model is of a known kind, has bytes, and no more than its kind may have", () => {
  const model =
    (...numbers: number[]) =>
    (out: ByteWriter) => {
      out.varint(0);
      for (const number of numbers) out.varint(number);
    };
  expectCode("out-of-range", model(3, 1, 0));
  expectCode("out-of-range", model(1, 0, 0));
  expectCode("limit-exceeded", model(1, 2 ** 26 + 1));
  expectCode("limit-exceeded", model(1, 1, 2 * (2 ** 26 + 1)));
  expectCode("limit-exceeded", model(2, 1, 2 * (2 ** 30 + 1)));
  expectCode("limit-exceeded", model(1, 2 ** 20, 2 * (2 ** 20 + 1) + 1));
  expectCode("limit-exceeded", model(2, 2 ** 20, 2 * (2 ** 20 + 1) + 1));
  expectCode("limit-exceeded", model(1, 7, 2 * (7 * 256 + 1) + 1));
  expectCode("truncated", model(1, 7, 2 * 7 * 256 + 1));
  expectCode("truncated", model(2, 2 ** 30, 0));
  expectCode("truncated", model(2, 2 ** 30, 2 * 2 ** 30));
});

const twiceLayer3 = directory((out) => {
  start(out, 20);
  for (let i = 0; i < 19; i++) scalar(out, `layer${i}`);
  scalar(out, "layer3");
}).subarray(1);

function packedAs(packing: "deflated" | "mixed", plainLength: number, bytes: Uint8Array): Uint8Array {
  const out = byteWriter();
  out.varint(2 * plainLength + (packing === "mixed" ? 1 : 0));
  out.bytes(bytes);
  return out.finish();
}

function errorOf(given: Uint8Array): unknown {
  try {
    return decodeDirectory(given, { baseOffset: 13 });
  } catch (error) {
    return error;
  }
}

test("a deflated directory is held to what its bytes can be, and its faults have no place in the file", () => {
  const stored = (plainLength: number, bytes: Uint8Array) => packedAs("deflated", plainLength, bytes);
  const fields = twiceLayer3;
  const bytes = deflate(fields, { dictionary: PRESET_DICTIONARY });
  expect(errorOf(stored(fields.length, bytes))).toMatchObject({
    code: "duplicate-name",
    tensor: "layer3",
    section: "directory",
  });
  expect(errorOf(stored(fields.length, bytes))).not.toHaveProperty("offset", expect.anything());
  expect(errorOf(stored(fields.length - 1, bytes))).toMatchObject({ code: "trailing-data" });
  expect(errorOf(stored(fields.length + 1, bytes))).toMatchObject({ code: "truncated" });
  expect(errorOf(stored(1033 * bytes.length, bytes))).toMatchObject({ code: "truncated" });
  expect(errorOf(stored(MAX_DIRECTORY_BYTES + 1, bytes))).toMatchObject({ code: "limit-exceeded" });
  expect(errorOf(stored(fields.length, Uint8Array.of(...bytes, 0)))).toMatchObject({ code: "trailing-data" });
  expect(errorOf(stored(fields.length, Uint8Array.of(7)))).toBeInstanceOf(FormatError);
});

test("a mixed directory is held to what its bytes can be, and its faults have no place in the file", () => {
  const stored = (plainLength: number, bytes: Uint8Array) => packedAs("mixed", plainLength, bytes);
  const fields = twiceLayer3;
  const bytes = byteCoding({ length: fields.length }).encode(fields);
  const error = errorOf(stored(fields.length, bytes));
  expect(error).toMatchObject({ code: "duplicate-name", tensor: "layer3", section: "directory" });
  expect(error).not.toHaveProperty("offset", expect.anything());
  expect(errorOf(stored(fields.length, Uint8Array.of(...bytes, 0)))).toMatchObject({ code: "not-canonical" });
  const longer = Uint8Array.of(...bytes, ...bytes, ...bytes);
  expect(errorOf(stored(fields.length, longer))).toMatchObject({ code: "trailing-data" });
  expect(errorOf(stored(MAX_MIXED_BYTES + 1, bytes))).toMatchObject({ code: "limit-exceeded" });
});

test("keys are compared by code points, not by UTF-16 units", () => {
  expect(compareText("\u{10000}", "\uffff")).toBeGreaterThan(0);
  expect(compareText("a", "ab")).toBeLessThan(0);
  expect(compareText("b", "ab")).toBeGreaterThan(0);
  expect(compareText("ab", "ab")).toBe(0);
});
