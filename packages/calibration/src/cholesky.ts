/** Columns that are factored together: what they change further on is one product of matrices. */
const BLOCK = 32;

/**
 * The lower triangular L of a symmetric positive definite matrix A = L L^T, of which only the lower half is read; row-major,
 * zeros above the diagonal. Undefined if A is not positive definite, as far as float64 tells. In blocks (Golub and Van Loan,
 * Matrix Computations, section 4.2.9): size^3 / 3 multiplications.
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) lower.set(matrix.subarray(i * size, i * size + i + 1), i * size);
  for (let start = 0; start < size; start += BLOCK) {
    const end = Math.min(size, start + BLOCK);
    for (let i = start; i < size; i++) {
      const most = Math.min(i + 1, end);
      for (let j = start; j < most; j++) {
        const value = lower[i * size + j]! - dot(lower, i * size, j * size, start, j);
        if (i > j) lower[i * size + j] = value / lower[j * size + j]!;
        else if (value > 0 && value < Number.POSITIVE_INFINITY) lower[i * size + i] = Math.sqrt(value);
        else return undefined;
      }
    }
    for (let i = end; i < size; i++) {
      for (let j = end; j <= i; j++) lower[i * size + j]! -= dot(lower, i * size, j * size, start, end);
    }
  }
  return lower;
}

/** The product of two rows of a matrix between two columns. */
function dot(matrix: Float64Array, one: number, other: number, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += matrix[one + k]! * matrix[other + k]!;
  return sum;
}

/** The inverse of a lower triangular matrix, lower triangular itself: size^3 / 3 multiplications. */
export function inverseOfLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const own = i * size;
    const diagonal = lower[own + i]!;
    for (let k = 0; k < i; k++) {
      const factor = lower[own + k]!;
      if (factor === 0) continue;
      const from = k * size;
      for (let j = 0; j <= k; j++) inverse[own + j]! -= factor * inverse[from + j]!;
    }
    for (let j = 0; j < i; j++) inverse[own + j]! /= diagonal;
    inverse[own + i] = 1 / diagonal;
  }
  return inverse;
}
