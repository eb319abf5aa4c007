import { FormatError } from "@deep-compression/bits";
import { decodingCoder, encodingCoder, type RangeCoder } from "./coding-interval";
import { checkExpansion } from "./expansion-limit";
import { codeLiveLines } from "./line-map";
import { skipRow } from "./live-columns";
import { liveNumbers, type MatrixCounts } from "./live-lines";
import type { MatrixKernels } from "./matrix-kernels";
import { codeRow, densityByte, matrixModel } from "./matrix-model";
import { type MatrixShape, matrixShape } from "./matrix-shape";
import { expectEnd } from "./range-decoder";
import { finish } from "./range-encoder";

const NO_ELEMENTS = /* @__PURE__ */ matrixShape({ rows: 0, columns: 0, lowest: 0, highest: 0 });

/**
 * The kernels in TypeScript. They hold a coder and a model: engines throw away the code that they have compiled for such objects when
 * the last one is collected, and compiling it anew takes as long as a matrix of half a million elements (measured).
 */
export const PLAIN_KERNELS: MatrixKernels & { readonly examples: readonly object[] } = {
  encode,
  decode,
  examples: [/* @__PURE__ */ encodingCoder(), /* @__PURE__ */ matrixModel(NO_ELEMENTS, 0, new Uint32Array(0))],
};

function encode(values: Int16Array, counts: MatrixCounts, shape: MatrixShape): Uint8Array {
  const coder = encodingCoder();
  codeLiveLines(coder, counts, shape);
  const liveColumns = liveNumbers(counts.columns);
  const liveRows = liveNumbers(counts.rows);
  const density = densityByte(counts.weights, liveRows.length * liveColumns.length);
  codeRows(coder, { values, liveColumns, rows: counts.rows, shape, density });
  const coded = finish(coder);
  const bytes = new Uint8Array(1 + coded.length);
  bytes[0] = density;
  bytes.set(coded, 1);
  return bytes;
}

function decode(bytes: Uint8Array, shape: MatrixShape): Int16Array {
  const coder = decodingCoder(bytes.subarray(1));
  const lines = { rows: new Uint8Array(shape.rows), columns: new Uint8Array(shape.columns) };
  codeLiveLines(coder, lines, shape);
  const liveColumns = liveNumbers(lines.columns);
  const elements = liveNumbers(lines.rows).length * liveColumns.length;
  checkExpansion(elements, bytes.length, shape.freeElements);
  const values = new Int16Array(shape.rows * shape.columns);
  const density = bytes[0]!;
  const weights = codeRows(coder, { values, liveColumns, rows: lines.rows, shape, density });
  expectEnd(coder, 1);
  if (elements === 0 || densityByte(weights, elements) !== density) {
    throw new FormatError("not-canonical", "the density is another one", { offset: 0 });
  }
  return values;
}

interface LiveMatrix {
  readonly values: Int16Array;
  readonly rows: Uint8Array;
  readonly liveColumns: Uint32Array;
  readonly shape: MatrixShape;
  readonly density: number;
}

/** Codes the live rows. @returns the number of weights @throws FormatError "not-canonical" if a live line has none */
function codeRows(coder: RangeCoder, { values, rows, liveColumns, shape, density }: LiveMatrix): number {
  const model = matrixModel(shape, density, liveColumns);
  const { columns } = shape;
  let weights = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] === 1) {
      const found = codeRow(model, coder, values.subarray(row * columns, (row + 1) * columns));
      if (found === 0) failEmpty();
      weights += found;
    } else skipRow(model.columns);
  }
  if (model.columns.signs.includes(0)) failEmpty();
  return weights;
}

function failEmpty(): never {
  throw new FormatError("not-canonical", "a live line has no weight", { offset: 0 });
}
