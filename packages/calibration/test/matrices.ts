import { seededRandom } from "@deep-compression/runtime";

/** Normally distributed numbers, by the sum of uniform ones. */
export function normals(length: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random();
    return sum;
  });
}

/** Rows of inputs that are alike: each is a mixture of fewer. */
export function correlatedRows(count: number, width: number, seed: number): Float32Array {
  const mixture = normals(width * width, seed);
  const noise = normals(count * width, seed + 1);
  const rows = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < width; j++) {
      let sum = 0.1 * noise[row * width + j]! + 2;
      for (let k = 0; k < Math.ceil(width / 3); k++) sum += noise[row * width + k]! * mixture[k * width + j]!;
      rows[row * width + j] = sum;
    }
  }
  return rows;
}

/** The product of a (rows x inner) and b (inner x columns), row-major. */
export function product(a: Float64Array, b: Float64Array, inner: number): Float64Array {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < inner; k++) result[i * columns + j]! += a[i * inner + k]! * b[k * columns + j]!;
    }
  }
  return result;
}

export function transposed(matrix: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns;
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** The largest difference of two arrays. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}
