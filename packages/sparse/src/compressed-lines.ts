import { FormatError } from "@deep-compression/bits";
import { checkLength } from "@deep-compression/runtime";
import { checkShape, checkValues } from "./check-arguments";
import { checkStoredCount } from "./check-encoded";
import { rowStarts } from "./line-counts";
import { checkZero, type SparseVector, sparseVector, type ZeroOption } from "./sparse-vector";
import { allocateLike, MAX_LENGTH, type Values } from "./value-arrays";

/** A matrix, `dense` row-major. */
export interface Matrix<V extends Values = Float32Array> {
  readonly rows: number;
  readonly columns: number;
  readonly dense: V;
}

/** What CSR and CSC have in common: lines, rows or columns, end to end; line i is entries starts[i] to starts[i + 1]. */
export interface Lines<V extends Values> {
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: V;
}

export interface CompressedOptions extends ZeroOption {
  /** The most elements that are decoded: no bytes stand behind the number that an encoded form has. Default 2^28. */
  readonly maxElements?: number;
}

/** How lines lie in a row-major matrix: `count` lines of `size` elements, and what those are that no entry tells. */
export interface LineShape {
  readonly count: number;
  readonly size: number;
  readonly lineStride: number;
  readonly elementStride: number;
  readonly zero: number;
  readonly maxElements: number;
}

export const DEFAULT_MAX_ELEMENTS = 2 ** 28;

/** The lines of a vector in which `count` lines of `size` elements stand end to end. */
export function compressLines<V extends Values>(
  vector: SparseVector<V>,
  { count, size }: Pick<LineShape, "count" | "size">,
): Lines<V> {
  const { positions, values } = vector;
  const starts = rowStarts({ rows: count, columns: size, positions });
  const indices = new Uint32Array(positions.length);
  for (let line = 0; line < count; line++) {
    for (let entry = starts[line]; entry < starts[line + 1]; entry++) indices[entry] = positions[entry] - line * size;
  }
  return { starts, indices, values };
}

/** The elements of a matrix that are not `zero`, row-major. @throws RangeError if there are not rows * columns elements */
export function sparseMatrix<V extends Values>(matrix: Matrix<V>, options: ZeroOption): SparseVector<V> {
  checkShape(matrix);
  checkValues("dense", matrix.dense);
  checkLength("dense", matrix.dense.length, matrix.rows * matrix.columns);
  return sparseVector(matrix.dense, options);
}

/** The row-major matrix of lines. @throws FormatError as `csr` in `decode` */
export function denseLines<V extends Values>(lines: Lines<V>, shape: LineShape): V {
  const { count, size, lineStride, elementStride, zero } = shape;
  const { starts, indices, values } = lines;
  checkValues("values", values);
  checkZero("zero", zero, values);
  checkLines(lines, shape);
  const dense = allocateLike(values, count * size);
  if (zero !== 0) dense.fill(zero);
  for (let line = 0; line < count; line++) {
    for (let entry = starts[line], previous = -1; entry < starts[line + 1]; entry++) {
      const index = indices[entry];
      if (index >= size) throw new FormatError("out-of-range", `entry ${entry} has the index ${index} of ${size}`);
      if (index <= previous || values[entry] === zero) {
        throw new FormatError("not-canonical", `entry ${entry} is out of order or a stored zero`);
      }
      dense[line * lineStride + index * elementStride] = values[entry];
      previous = index;
    }
  }
  return dense;
}

function checkLines({ starts, indices, values }: Lines<Values>, { count, size, maxElements }: LineShape): void {
  const possible = [count, size].every((n) => Number.isInteger(n) && n >= 0 && n <= MAX_LENGTH);
  if (!possible) throw new FormatError("out-of-range", `a matrix of ${count} lines of ${size} is not possible`);
  if (count * size > maxElements) {
    throw new FormatError("limit-exceeded", `${count} lines of ${size} are more than ${maxElements} elements`);
  }
  checkStoredCount("starts", starts.length, count + 1);
  checkStoredCount("values", values.length, indices.length);
  if (starts[0] !== 0) throw new FormatError("not-canonical", `the first line must start at 0, got ${starts[0]}`);
  for (let line = 0; line < count; line++) {
    if (starts[line + 1] < starts[line]) throw new FormatError("out-of-range", `line ${line} ends before it starts`);
  }
  checkStoredCount("entries", indices.length, starts[count]);
}
