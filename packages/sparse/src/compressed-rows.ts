import type { Codec } from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";
import {
  type CompressedOptions,
  compressLines,
  DEFAULT_MAX_ELEMENTS,
  denseLines,
  type Matrix,
  sparseMatrix,
} from "./compressed-lines";
import type { Values } from "./value-arrays";

/** Compressed sparse rows: row r is entries rowStarts[r] to rowStarts[r + 1], column indices ascending. */
export interface CompressedRows<V extends Values = Float32Array> {
  readonly rows: number;
  readonly columns: number;
  readonly rowStarts: Uint32Array;
  readonly columnIndices: Uint32Array;
  readonly values: V;
}

/**
 * The codec of a row-major matrix as compressed sparse rows, CSR (Deep Compression, section 2: 2a + n + 1 numbers for a
 * non-zeros in n rows). Elements that are `zero` (default 0) are not stored; -0 counts as 0 and comes back as +0.
 *
 * @throws RangeError in `encode` if the matrix does not have rows * columns elements
 * @throws FormatError in `decode`, "truncated" or "trailing-data" if counts do not agree, "out-of-range" if an index or
 * start is past its end, "limit-exceeded" if there are more than `maxElements`, "not-canonical" if indices are out of order
 * or a zero is stored
 */
export function csr<V extends Values = Float32Array>(
  options: CompressedOptions = {},
): Codec<Matrix<V>, CompressedRows<V>> {
  const { zero = 0, maxElements = DEFAULT_MAX_ELEMENTS } = options;
  checkInteger("maxElements", maxElements);
  return Object.freeze({
    name: "csr",
    encode: (matrix: Matrix<V>) => {
      const { rows, columns } = matrix;
      const { starts, indices, values } = compressLines(sparseMatrix(matrix, { zero }), { count: rows, size: columns });
      return { rows, columns, rowStarts: starts, columnIndices: indices, values };
    },
    decode: ({ rows, columns, rowStarts, columnIndices, values }: CompressedRows<V>) => {
      const lines = { starts: rowStarts, indices: columnIndices, values };
      const shape = { count: rows, size: columns, lineStride: columns, elementStride: 1, zero, maxElements };
      return { rows, columns, dense: denseLines(lines, shape) };
    },
  });
}
