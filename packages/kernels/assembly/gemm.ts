// The matrix product of float32, by packed panels, or, where both operands lie along the depth, by dot products.
import { DEPTH, pack } from "./panels";
import { edgeTile, TILE_COLUMNS, TILE_ROWS, tile } from "./tile";

// @ts-ignore: decorator
@inline function sumOf(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}

// @ts-ignore: decorator
@inline function put(at: usize, value: f32, accumulate: bool): void {
  store<f32>(at, accumulate ? load<f32>(at) + value : value);
}

/** Four rows of A times two rows of B along `bytes` of depth, a multiple of 16, and the rest one by one. */
function dots4x2(a: usize, strideA: usize, b: usize, strideB: usize, depth: i32, c: usize, strideC: usize, accumulate: bool): void {
  const a1 = a + strideA, a2 = a1 + strideA, a3 = a2 + strideA, b1 = b + strideB;
  const whole: usize = <usize>(depth & ~3) << 2, end: usize = <usize>depth << 2;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let k: usize = 0;
  for (; k < whole; k += 16) {
    const x = v128.load(b + k), y = v128.load(b1 + k);
    let row = v128.load(a + k);
    c00 = f32x4.add(c00, f32x4.mul(row, x)); c01 = f32x4.add(c01, f32x4.mul(row, y));
    row = v128.load(a1 + k);
    c10 = f32x4.add(c10, f32x4.mul(row, x)); c11 = f32x4.add(c11, f32x4.mul(row, y));
    row = v128.load(a2 + k);
    c20 = f32x4.add(c20, f32x4.mul(row, x)); c21 = f32x4.add(c21, f32x4.mul(row, y));
    row = v128.load(a3 + k);
    c30 = f32x4.add(c30, f32x4.mul(row, x)); c31 = f32x4.add(c31, f32x4.mul(row, y));
  }
  for (; k < end; k += 4) {
    // The rest of the depth goes into the first lanes.
    const x = v128.load_zero<f32>(b + k), y = v128.load_zero<f32>(b1 + k);
    let row = v128.load_zero<f32>(a + k);
    c00 = f32x4.add(c00, f32x4.mul(row, x)); c01 = f32x4.add(c01, f32x4.mul(row, y));
    row = v128.load_zero<f32>(a1 + k);
    c10 = f32x4.add(c10, f32x4.mul(row, x)); c11 = f32x4.add(c11, f32x4.mul(row, y));
    row = v128.load_zero<f32>(a2 + k);
    c20 = f32x4.add(c20, f32x4.mul(row, x)); c21 = f32x4.add(c21, f32x4.mul(row, y));
    row = v128.load_zero<f32>(a3 + k);
    c30 = f32x4.add(c30, f32x4.mul(row, x)); c31 = f32x4.add(c31, f32x4.mul(row, y));
  }
  put(c, sumOf(c00), accumulate); put(c + 4, sumOf(c01), accumulate);
  c += strideC; put(c, sumOf(c10), accumulate); put(c + 4, sumOf(c11), accumulate);
  c += strideC; put(c, sumOf(c20), accumulate); put(c + 4, sumOf(c21), accumulate);
  c += strideC; put(c, sumOf(c30), accumulate); put(c + 4, sumOf(c31), accumulate);
}

/** Row A times up to four rows of B side by side: alone one sum waits for itself. `stepC`: bytes between what the rows of B make. */
function dots1x4(a: usize, b: usize, strideB: usize, rows: i32, depth: i32, c: usize, stepC: usize, accumulate: bool): void {
  const b1 = rows > 1 ? b + strideB : b, b2 = rows > 2 ? b1 + strideB : b, b3 = rows > 3 ? b2 + strideB : b;
  const whole: usize = <usize>(depth & ~3) << 2, end: usize = <usize>depth << 2;
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, k: usize = 0;
  for (; k < whole; k += 16) {
    const row = v128.load(a + k);
    c0 = f32x4.add(c0, f32x4.mul(row, v128.load(b + k)));
    c1 = f32x4.add(c1, f32x4.mul(row, v128.load(b1 + k)));
    c2 = f32x4.add(c2, f32x4.mul(row, v128.load(b2 + k)));
    c3 = f32x4.add(c3, f32x4.mul(row, v128.load(b3 + k)));
  }
  let s0 = sumOf(c0), s1 = sumOf(c1), s2 = sumOf(c2), s3 = sumOf(c3);
  for (; k < end; k += 4) {
    const x = load<f32>(a + k);
    s0 += x * load<f32>(b + k);
    s1 += x * load<f32>(b1 + k);
    s2 += x * load<f32>(b2 + k);
    s3 += x * load<f32>(b3 + k);
  }
  put(c, s0, accumulate);
  if (rows > 1) put(c + stepC, s1, accumulate);
  if (rows > 2) put(c + 2 * stepC, s2, accumulate);
  if (rows > 3) put(c + 3 * stepC, s3, accumulate);
}

/** Both operands lie along the depth: dot products of their rows, straight from where they are. */
function gemmAlongDepth(m: i32, n: i32, k: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, accumulate: bool): void {
  const strideA = <usize>lda << 2, strideB = <usize>ldb << 2, strideC = <usize>ldc << 2;
  const fullRows = m & ~3, fullColumns = n & ~1;
  for (let i = 0; i < fullRows; i += 4) {
    for (let j = 0; j < fullColumns; j += 2) {
      dots4x2(a + <usize>i * strideA, strideA, b + <usize>j * strideB, strideB, k, c + <usize>i * strideC + (<usize>j << 2), strideC, accumulate);
    }
  }
  // The last column of the rows above, then the rows below.
  for (let i = 0; fullColumns < n && i < fullRows; i += 4) {
    dots1x4(b + <usize>fullColumns * strideB, a + <usize>i * strideA, strideA, 4, k, c + <usize>i * strideC + (<usize>fullColumns << 2), strideC, accumulate);
  }
  for (let i = fullRows; i < m; i++) {
    for (let j = 0; j < n; j += 4) {
      dots1x4(a + <usize>i * strideA, b + <usize>j * strideB, strideB, n - j, k, c + <usize>i * strideC + (<usize>j << 2), 4, accumulate);
    }
  }
}

/**
 * C [m x n] = op(A) [m x k] op(B) [k x n], or += when `accumulate`. Leading dimensions in elements;
 * `transposeA`: A is stored [k x m]; `transposeB`: B is stored [n x k].
 * `scratch` holds 128 bytes, then 256 (m + 4) floats of A, then 256 (n + 8) floats of B.
 */
export function gemm(m: i32, n: i32, k: i32, a: usize, lda: i32, transposeA: i32, b: usize, ldb: i32, transposeB: i32, c: usize, ldc: i32, accumulate: i32, scratch: usize): void {
  if (transposeA == 0 && transposeB != 0) return gemmAlongDepth(m, n, k, a, lda, b, ldb, c, ldc, accumulate != 0);
  const stride = <usize>ldc << 2;
  const panelsA = scratch + 128;
  const panelsB = panelsA + (<usize>((m + 3) & ~3) * DEPTH << 2);
  for (let first = 0; first < k; first += DEPTH) {
    const depth = min(DEPTH, k - first);
    const add = accumulate != 0 || first > 0;
    pack<f32>(TILE_ROWS, a, <usize>lda << 2, transposeA == 0, m, first, depth, panelsA);
    pack<f32>(TILE_COLUMNS, b, <usize>ldb << 2, transposeB != 0, n, first, depth, panelsB);
    for (let j = 0; j < n; j += TILE_COLUMNS) {
      const panelB = panelsB + <usize>(j >> 3) * (<usize>depth << 5);
      for (let i = 0; i < m; i += TILE_ROWS) {
        const panelA = panelsA + <usize>(i >> 2) * (<usize>depth << 4);
        const at = c + <usize>i * stride + (<usize>j << 2);
        if (n - j >= TILE_COLUMNS && m - i >= TILE_ROWS) tile<f32>(depth, panelA, panelB, at, stride, add);
        else edgeTile(depth, panelA, panelB, at, stride, add, min(TILE_ROWS, m - i), min(TILE_COLUMNS, n - j), scratch);
      }
    }
  }
}
