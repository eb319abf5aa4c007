import {
  bitmask,
  csc,
  csr,
  denseVector,
  type Layout,
  relativeIndex,
  scan,
  scanVector,
  sparseVector,
  toRowMajor,
  unscan,
} from "@deep-compression/sparse";
import { describe, expect, test } from "vitest";

const shape = { rows: 1, columns: 3 };
const layout: Layout = { ...shape, order: "column-major" };
const positions = Uint32Array.of(0, 1, 2);

/** What takes values, each with the name that its error gives them. They are typed for arrays that are allowed. */
const takers: readonly (readonly [string, string, (values: Float32Array) => unknown])[] = [
  ["sparseVector", "dense", (dense) => sparseVector(dense)],
  ["sparseVector of plain kernels", "dense", (dense) => sparseVector(dense, { kernels: "plain" })],
  ["denseVector", "values", (values) => denseVector({ length: 3, positions, values })],
  ["scan", "dense", (dense) => scan(layout, dense)],
  ["unscan", "vector", (vector) => unscan(layout, vector)],
  ["scanVector", "values", (values) => scanVector(layout, { length: 3, positions, values })],
  ["csr, to encode", "dense", (dense) => csr().encode({ ...shape, dense })],
  ["csc, to encode", "dense", (dense) => csc().encode({ ...shape, dense })],
  [
    "csr, to decode",
    "values",
    (values) => csr().decode({ ...shape, rowStarts: Uint32Array.of(0, 3), columnIndices: positions, values }),
  ],
  ["gaps, to encode", "values", (values) => relativeIndex({ gapBits: 2 }).encode({ length: 3, positions, values })],
  [
    "gaps, to decode",
    "values",
    (values) => relativeIndex({ gapBits: 2 }).decode({ length: 3, gapBits: 2, gaps: new Uint8Array(3), values }),
  ],
  ["a bitmask, to encode", "values", (values) => bitmask().encode({ length: 3, positions, values })],
  ["a bitmask, to decode", "values", (values) => bitmask().decode({ length: 3, mask: Uint8Array.of(7), values })],
];

/** The values as another type; they would be cut to bytes. */
const others: readonly (readonly [string, unknown])[] = [
  ["Array", [0.5, 1, 3.7]],
  ["Float64Array", Float64Array.of(0.5, 1, 3.7)],
  ["Int8Array", Int8Array.of(-1, 1, 2)],
  ["Uint32Array", Uint32Array.of(300, 1, 2)],
  ["undefined", undefined],
];

describe.each(takers)("%s", (_, name, take) => {
  test("takes its three types of arrays and no other", () => {
    for (const values of [Float32Array.of(0.5, 1, 3.7), Uint8Array.of(1, 2, 3), Uint16Array.of(1, 2, 300)]) {
      expect(() => take(values as Float32Array)).not.toThrow();
    }
    for (const [type, values] of others) {
      expect(() => take(values as Float32Array)).toThrow(
        new TypeError(`${name}: expected a Float32Array or a Uint8Array or a Uint16Array, got ${type}`),
      );
    }
  });
});

test("positions that are not 32-bit are refused", () => {
  // @ts-expect-error: text is no array
  expect(() => toRowMajor(layout, "abc")).toThrow(new TypeError('positions: expected a Uint32Array, got "abc"'));
  // @ts-expect-error: a list is no typed array
  expect(() => toRowMajor(layout, [0, 1])).toThrow(new TypeError("positions: expected a Uint32Array, got Array"));
});

test("a most of elements that is no number of them is refused", () => {
  for (const maxElements of [Number.NaN, -1, 0.5]) {
    for (const codec of [csr, csc]) expect(() => codec({ maxElements })).toThrow(/^maxElements: expected an integer/);
  }
});
