import { FormatError } from "@deep-compression/bits";
import { readIdx, readIdxImages, readIdxLabels } from "@deep-compression/model-io";
import { expect, test } from "vitest";

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);
const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 9);

function failure(read: () => unknown): readonly [string, number | undefined] {
  try {
    read();
  } catch (error) {
    if (error instanceof FormatError) return [error.code, error.offset];
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("images and labels are read", () => {
  expect(readIdxImages(images)).toEqual({ count: 2, rows: 1, columns: 3, pixels: Uint8Array.of(1, 2, 3, 4, 5, 255) });
  expect(readIdxLabels(labels)).toEqual(Uint8Array.of(7, 2, 9));
});

test("big-endian numbers become little-endian", () => {
  const file = Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0);
  const tensor = readIdx(file, { name: "x" });
  expect(tensor).toMatchObject({ name: "x", type: "float32", shape: [2] });
  expect(new Float32Array(tensor.bytes.buffer)).toEqual(Float32Array.of(1, -2));
});

test("images where labels are expected, and labels where images are, are refused", () => {
  expect(failure(() => readIdxLabels(images))).toEqual(["bad-magic", 2]);
  expect(failure(() => readIdxImages(labels))).toEqual(["bad-magic", 2]);
});

test("what is no IDX file is refused by cause", () => {
  const cases: readonly (readonly [Uint8Array, string, number])[] = [
    [new Uint8Array(0), "truncated", 0],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), "bad-magic", 0],
    [Uint8Array.of(0, 0, 7, 1), "out-of-range", 2],
    [Uint8Array.of(0, 0, 8, 3, 0, 0), "truncated", 6],
    [images.subarray(0, 21), "truncated", 21],
    [Uint8Array.of(...images, 0), "trailing-data", 22],
    [Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255), "truncated", 12],
  ];
  for (const [bytes, code, offset] of cases) expect(failure(() => readIdx(bytes))).toEqual([code, offset]);
  const absurd = new Uint8Array(4 + 4 * 255).fill(255);
  absurd.set([0, 0, 8, 255]);
  expect(failure(() => readIdx(absurd))[0]).toBe("truncated");
});
