import { FormatError } from "@deep-compression/bits";
import { bitmask, type CompressedRows, csc, csr } from "@deep-compression/sparse";
import {
  bitmaskVectors,
  compressedColumns,
  compressedRows,
  matrices,
  mutatedBitmaskVectors,
  mutatedCompressedRows,
  sparseVectors,
} from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function formatCode(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
  return undefined;
}

const dense = Float32Array.of(5, 0, 0, 0, 8, 6);

test("CSR of a small matrix by hand", () => {
  expect(csr().encode({ rows: 3, columns: 2, dense })).toEqual({
    rows: 3,
    columns: 2,
    rowStarts: Uint32Array.of(0, 1, 1, 3),
    columnIndices: Uint32Array.of(0, 0, 1),
    values: Float32Array.of(5, 8, 6),
  });
});

test("CSC of the same matrix", () => {
  expect(csc().encode({ rows: 3, columns: 2, dense })).toEqual({
    rows: 3,
    columns: 2,
    columnStarts: Uint32Array.of(0, 2, 3),
    rowIndices: Uint32Array.of(0, 2, 2),
    values: Float32Array.of(5, 8, 6),
  });
});

test("codes have a zero of their own", () => {
  const codec = csr<Uint8Array>({ zero: 2 });
  const matrix = { rows: 1, columns: 4, dense: Uint8Array.of(2, 0, 2, 7) };
  expect(codec.encode(matrix).values).toEqual(Uint8Array.of(0, 7));
  expect(codec.decode(codec.encode(matrix))).toEqual(matrix);
});

test("any matrix comes back from CSR and from CSC, -0 as +0", () => {
  fc.assert(
    fc.property(matrices(), (matrix) => {
      const expected = { ...matrix, dense: matrix.dense.map((value) => value + 0) };
      expect(csr().decode(csr().encode(matrix))).toEqual(expected);
      expect(csc().decode(csc().encode(matrix))).toEqual(expected);
    }),
    { numRuns },
  );
});

test("any valid CSR and CSC is the one encoding of what it decodes to", () => {
  fc.assert(
    fc.property(compressedRows(), compressedColumns(), (rows, columns) => {
      expect(csr().encode(csr().decode(rows))).toEqual(rows);
      expect(csc().encode(csc().decode(columns))).toEqual(columns);
    }),
    { numRuns },
  );
});

test("a mutated CSR ends in a FormatError or is the one encoding of something", () => {
  fc.assert(
    fc.property(mutatedCompressedRows(), ({ mutated }) => {
      if (formatCode(() => csr().decode(mutated)) === undefined) {
        expect(csr().encode(csr().decode(mutated))).toEqual(mutated);
      }
    }),
    { numRuns: 3 * numRuns },
  );
});

test("each way to break a CSR has its code", () => {
  const good = csr().encode({ rows: 3, columns: 2, dense });
  const decode = (change: Partial<CompressedRows>) => formatCode(() => csr().decode({ ...good, ...change }));
  expect(decode({})).toBeUndefined();
  expect(decode({ rowStarts: Uint32Array.of(0, 1, 3) })).toBe("truncated");
  expect(decode({ values: Float32Array.of(5, 8, 6, 7) })).toBe("trailing-data");
  expect(decode({ rowStarts: Uint32Array.of(0, 2, 1, 3) })).toBe("out-of-range");
  expect(decode({ rowStarts: Uint32Array.of(1, 1, 1, 3) })).toBe("not-canonical");
  expect(decode({ rowStarts: Uint32Array.of(0, 1, 1, 2) })).toBe("trailing-data");
  expect(decode({ columnIndices: Uint32Array.of(0, 0, 2) })).toBe("out-of-range");
  expect(decode({ columnIndices: Uint32Array.of(0, 1, 0) })).toBe("not-canonical");
  expect(decode({ columnIndices: Uint32Array.of(0, 1, 1) })).toBe("not-canonical");
  expect(decode({ values: Float32Array.of(5, 0, 6) })).toBe("not-canonical");
  expect(decode({ columns: 2 ** 28 })).toBe("limit-exceeded");
  expect(decode({ columns: -2 })).toBe("out-of-range");
});

test("a matrix without rows * columns elements is a RangeError", () => {
  expect(() => csr().encode({ rows: 2, columns: 2, dense })).toThrow(/^dense: expected 4/);
  expect(() => csc().encode({ rows: -3, columns: -2, dense })).toThrow(/^rows/);
});

test("a bitmask by hand: LSB first, zero padded", () => {
  const vector = { length: 10, positions: Uint32Array.of(0, 3, 9), values: Float32Array.of(1, 2, 3) };
  expect(bitmask().encode(vector)).toEqual({ length: 10, mask: Uint8Array.of(9, 2), values: Float32Array.of(1, 2, 3) });
});

test("each way to break a bitmask has its code", () => {
  const values = Float32Array.of(1, 2, 3);
  const decode = (mask: Uint8Array, length = 10) => formatCode(() => bitmask().decode({ length, mask, values }));
  expect(decode(Uint8Array.of(9, 2))).toBeUndefined();
  expect(decode(Uint8Array.of(13))).toBe("truncated");
  expect(decode(Uint8Array.of(9, 2, 0))).toBe("trailing-data");
  expect(decode(Uint8Array.of(13, 2))).toBe("truncated");
  expect(decode(Uint8Array.of(8, 2))).toBe("trailing-data");
  expect(decode(Uint8Array.of(9, 4))).toBe("not-canonical");
  expect(decode(Uint8Array.of(9, 2), Number.NaN)).toBe("out-of-range");
  expect(decode(Uint8Array.of(9, 2), 2 ** 40)).toBe("out-of-range");
});

test("any sparse vector comes back from its bitmask, and any valid bitmask is its own encoding", () => {
  fc.assert(
    fc.property(sparseVectors(), bitmaskVectors(), (vector, encoded) => {
      expect(bitmask().decode(bitmask().encode(vector))).toEqual(vector);
      expect(bitmask().encode(bitmask().decode(encoded))).toEqual(encoded);
    }),
    { numRuns },
  );
});

test("a mutated bitmask ends in a FormatError or is the one encoding of something", () => {
  fc.assert(
    fc.property(mutatedBitmaskVectors(), ({ mutated }) => {
      if (formatCode(() => bitmask().decode(mutated)) === undefined) {
        expect(bitmask().encode(bitmask().decode(mutated))).toEqual(mutated);
      }
    }),
    { numRuns: 3 * numRuns },
  );
});
