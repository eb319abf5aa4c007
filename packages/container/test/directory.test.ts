import { type ByteWriter, byteWriter } from "@deep-compression/bits";
import { expect, test } from "vitest";
import { compareText } from "../src/content";
import { decodeDirectory } from "../src/directory";
import { MAX_METADATA_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_SECTIONS, MAX_TENSORS } from "../src/limits";

function directory(write: (out: ByteWriter) => void): Uint8Array {
  const out = byteWriter();
  write(out);
  return out.finish();
}

function expectCode(code: string, write: (out: ByteWriter) => void): void {
  expect(() => decodeDirectory(directory(write), { baseOffset: 13 })).toThrow(expect.objectContaining({ code }));
}

function scalar(out: ByteWriter, name: string): void {
  out.text(name);
  for (const byte of [1, 0, 0]) out.u8(byte);
}

/** No metadata, no graph, then as many tensors. */
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
  expectCode("limit-exceeded", (out) => out.varint(MAX_METADATA_BYTES + 1));
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
  expectCode("trailing-data", tail(1, 0, 0, 0));
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
      out.u8(0);
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

test("keys are compared by code points, not by UTF-16 units", () => {
  expect(compareText("\u{10000}", "\uffff")).toBeGreaterThan(0);
  expect(compareText("a", "ab")).toBeLessThan(0);
  expect(compareText("b", "ab")).toBeGreaterThan(0);
  expect(compareText("ab", "ab")).toBe(0);
});
