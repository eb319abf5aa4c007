import { chain, FormatError } from "@deep-compression/bits";
import { bitmask, csc, csr, nonZeros, relativeIndex, type SparseVector, sparseVector } from "@deep-compression/sparse";
import { sparseVectors, weights } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const dense = Float32Array.of(0, 3, 0, -1);
const sparse = { length: 4, positions: Uint32Array.of(1, 3), values: Float32Array.of(3, -1) };

function codeOf(vector: Partial<SparseVector>): string {
  try {
    nonZeros().decode({ ...sparse, ...vector });
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

test("the codecs of this package are frozen and have names", () => {
  const codecs = [nonZeros(), relativeIndex({ gapBits: 3 }), bitmask(), csr(), csc()];
  expect(codecs.map(({ name }) => name)).toEqual(["non-zeros", "relative index", "bitmask", "csr", "csc"]);
  expect(codecs.every(Object.isFrozen)).toBe(true);
});

test("non-zeros are the sparse vector of a dense one, and back", () => {
  expect(nonZeros().encode(dense)).toEqual(sparse);
  expect(nonZeros().decode(sparse)).toEqual(dense);
  const codes = Uint8Array.of(2, 2, 0);
  const codec = nonZeros<Uint8Array>({ zero: 2 });
  expect(codec.encode(codes)).toEqual({ length: 3, positions: Uint32Array.of(2), values: Uint8Array.of(0) });
  expect(codec.decode(codec.encode(codes))).toEqual(codes);
});

test("a sparse vector that encoding does not give is refused", () => {
  expect(codeOf({ values: Float32Array.of(3) })).toBe("truncated");
  expect(codeOf({ positions: Uint32Array.of(1) })).toBe("trailing-data");
  expect(codeOf({ length: 3 })).toBe("out-of-range");
  expect(codeOf({ length: 2 ** 33 })).toBe("out-of-range");
  expect(codeOf({ length: 2 ** 28 + 1 })).toBe("limit-exceeded");
  expect(codeOf({ positions: Uint32Array.of(3, 1) })).toBe("not-canonical");
  expect(codeOf({ positions: Uint32Array.of(1, 1) })).toBe("not-canonical");
  expect(codeOf({ values: Float32Array.of(3, -0) })).toBe("not-canonical");
});

test("no more than maxElements are encoded or decoded", () => {
  const codec = nonZeros({ maxElements: 3 });
  expect(() => codec.encode(dense)).toThrow(new RangeError("dense: expected at most 3 elements, got 4"));
  expect(() => codec.decode(sparse)).toThrow(expect.objectContaining({ code: "limit-exceeded" }));
  expect(() => nonZeros({ maxElements: -1 })).toThrow("maxElements");
  expect(() => nonZeros().encode([1] as never)).toThrow("dense: expected a Float32Array");
});

test("non-zeros and what stores them give back any weights but the sign of zeros, and any sparse vector", () => {
  const gaps = chain(nonZeros(), relativeIndex({ gapBits: 2 }));
  const mask = chain(nonZeros(), bitmask());
  fc.assert(
    fc.property(weights(), (values) => {
      const expected = values.map((value) => (value === 0 ? 0 : value));
      expect(gaps.decode(gaps.encode(values))).toEqual(expected);
      expect(mask.decode(mask.encode(values))).toEqual(expected);
    }),
    { numRuns },
  );
  fc.assert(
    fc.property(sparseVectors(), (vector) => {
      expect(nonZeros().encode(nonZeros().decode(vector))).toEqual(vector);
    }),
    { numRuns },
  );
  expect(sparseVector(dense)).toEqual(nonZeros({ kernels: "plain" }).encode(dense));
});
