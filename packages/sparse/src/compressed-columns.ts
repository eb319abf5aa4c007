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
import { scanVector } from "./scan-vector";
import type { Values } from "./value-arrays";

/** Compressed sparse columns: column c is entries columnStarts[c] to columnStarts[c + 1], row indices ascending. */
export interface CompressedColumns<V extends Values = Float32Array> {
  readonly rows: number;
  readonly columns: number;
  readonly columnStarts: Uint32Array;
  readonly rowIndices: Uint32Array;
  readonly values: V;
}

/** The codec of a row-major matrix as compressed sparse columns, CSC. @throws as `csr` */
export function csc<V extends Values = Float32Array>(
  options: CompressedOptions = {},
): Codec<Matrix<V>, CompressedColumns<V>> {
  const { zero = 0, maxElements = DEFAULT_MAX_ELEMENTS } = options;
  checkInteger("maxElements", maxElements);
  return Object.freeze({
    name: "csc",
    encode: (matrix: Matrix<V>) => {
      const { rows, columns } = matrix;
      const byColumn = scanVector({ rows, columns, order: "column-major" }, sparseMatrix(matrix, { zero }));
      const { starts, indices, values } = compressLines(byColumn, { count: columns, size: rows });
      return { rows, columns, columnStarts: starts, rowIndices: indices, values };
    },
    decode: ({ rows, columns, columnStarts, rowIndices, values }: CompressedColumns<V>) => {
      const lines = { starts: columnStarts, indices: rowIndices, values };
      const shape = { count: columns, size: rows, lineStride: 1, elementStride: columns, zero, maxElements };
      return { rows, columns, dense: denseLines(lines, shape) };
    },
  });
}
