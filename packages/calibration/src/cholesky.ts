import { addProduct, type MatrixPart } from "@deep-compression/kernels";

/** Columns that are factored together: within them dot products, beyond them products of matrices. */
const BLOCK = 128;

/**
 * The lower triangular L of a symmetric positive definite matrix A = L L^T, of which only the lower half is read; row-major,
 * zeros above the diagonal. Undefined if A is not positive definite, as far as float64 tells. In blocks (Golub and Van Loan,
 * Matrix Computations, section 4.2.9): size^3 / 6 multiplications.
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) lower.set(matrix.subarray(i * size, i * size + i + 1), i * size);
  return factorInPlace(lower, size) ? lower : undefined;
}

/** The inverse of a lower triangular matrix, lower triangular itself: size^3 / 6 multiplications. */
export function inverseOfLower(lower: Float64Array, size: number): Float64Array {
  const inverse = lower.slice();
  invertInPlace(inverse, size);
  return inverse;
}

/**
 * Puts the factor where the lower half of a matrix is, and zeros above it.
 *
 * @returns whether the matrix is positive definite; what is left of another one is of no use
 */
export function factorInPlace(matrix: Float64Array, size: number): boolean {
  const at = (row: number, column: number): MatrixPart => partAt(matrix, size, row, column);
  for (let start = 0; start < size; start += BLOCK) {
    const end = Math.min(size, start + BLOCK);
    const columns = end - start;
    // What the columns before take off these, from the diagonal down.
    addProduct(at(start, start), at(start, 0), at(start, 0), {
      ...{ rows: size - start, columns, depth: start },
      ...{ right: "transposed", change: "subtract" },
    });
    const diagonal = diagonalBlock(matrix, size, start, end);
    if (!factorBlock(diagonal, columns)) return false;
    for (let i = 0; i < columns; i++) {
      matrix.set(diagonal.subarray(i * columns, (i + 1) * columns), (start + i) * size + start);
      matrix.fill(0, (start + i) * size + end, (start + i + 1) * size);
    }
    if (end === size) break;
    invertBlock(diagonal, columns);
    const below = rowsOf(matrix, { size, from: end, to: size, start, end });
    clear(at(end, start), size - end, columns);
    addProduct(at(end, start), partAt(below, columns, 0, 0), partAt(diagonal, columns, 0, 0), {
      ...{ rows: size - end, columns, depth: columns },
      right: "transposed",
    });
  }
  return true;
}

/** Puts the inverse of a lower triangular matrix in its place. */
export function invertInPlace(lower: Float64Array, size: number): void {
  const at = (row: number, column: number): MatrixPart => partAt(lower, size, row, column);
  for (let start = 0; start < size; start += BLOCK) {
    const end = Math.min(size, start + BLOCK);
    const rows = end - start;
    const diagonal = diagonalBlock(lower, size, start, end);
    invertBlock(diagonal, rows);
    // L_i X, of which the columns from j on have nothing above row j; then -L_ii^-1 (L_i X).
    const products = new Float64Array(rows * start);
    for (let j = 0; j < start; j += BLOCK) {
      const shape = { rows, columns: BLOCK, depth: start - j };
      addProduct(partAt(products, start, 0, j), at(start, j), at(j, j), shape);
    }
    clear(at(start, 0), rows, start);
    addProduct(at(start, 0), partAt(diagonal, rows, 0, 0), partAt(products, start, 0, 0), {
      ...{ rows, columns: start, depth: rows },
      change: "subtract",
    });
    for (let i = 0; i < rows; i++) lower.set(diagonal.subarray(i * rows, (i + 1) * rows), (start + i) * size + start);
  }
}

function partAt(values: Float64Array, stride: number, row: number, column: number): MatrixPart {
  return { values, start: row * stride + column, stride };
}

interface Rows {
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** A copy of rows [from, to), columns [start, end). */
function rowsOf(matrix: Float64Array, { size, from, to, start, end }: Rows): Float64Array {
  const copy = new Float64Array((to - from) * (end - start));
  for (let i = from; i < to; i++)
    copy.set(matrix.subarray(i * size + start, i * size + end), (i - from) * (end - start));
  return copy;
}

/** A copy of a block on the diagonal, with zeros above it. */
function diagonalBlock(matrix: Float64Array, size: number, start: number, end: number): Float64Array {
  const columns = end - start;
  const block = rowsOf(matrix, { size, from: start, to: end, start, end });
  for (let i = 0; i < columns; i++) block.fill(0, i * columns + i + 1, (i + 1) * columns);
  return block;
}

function clear({ values, start, stride }: MatrixPart, rows: number, columns: number): void {
  for (let row = 0; row < rows; row++) values.fill(0, start + row * stride, start + row * stride + columns);
}

/** As {@link factorInPlace}, of few rows. */
function factorBlock(lower: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let value = lower[i * size + j]!;
      for (let k = 0; k < j; k++) value -= lower[i * size + k]! * lower[j * size + k]!;
      if (i > j) lower[i * size + j] = value / lower[j * size + j]!;
      else if (value > 0 && value < Number.POSITIVE_INFINITY) lower[i * size + i] = Math.sqrt(value);
      else return false;
    }
  }
  return true;
}

/** As {@link invertInPlace}, of few rows. */
function invertBlock(lower: Float64Array, size: number): void {
  const row = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const own = i * size;
    const diagonal = lower[own + i]!;
    row.fill(0, 0, i);
    for (let k = 0; k < i; k++) {
      const factor = lower[own + k]!;
      for (let j = 0, from = k * size; j <= k; j++, from++) row[j]! -= factor * lower[from]!;
    }
    for (let j = 0; j < i; j++) lower[own + j] = row[j]! / diagonal;
    lower[own + i] = 1 / diagonal;
  }
}
