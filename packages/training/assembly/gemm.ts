// Packed-panel matrix product with a 4 x 8 micro-kernel: eight accumulators, two rows of B and one splat of A
// fit the sixteen vector registers of x86-64; larger tiles spill.

/** Depth of a panel: 256 x (4 + 8) floats stay in the first-level cache. */
const DEPTH: i32 = 256;
const TILE_ROWS: i32 = 4;
const TILE_COLUMNS: i32 = 8;

// @ts-ignore: decorator
@inline function transpose4(source: usize, stride: usize, target: usize, targetStride: usize): void {
  const r0 = v128.load(source), r1 = v128.load(source + stride);
  const r2 = v128.load(source + 2 * stride), r3 = v128.load(source + 3 * stride);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f32>(a, c, 0, 1, 4, 5));
  v128.store(target + targetStride, v128.shuffle<f32>(a, c, 2, 3, 6, 7));
  v128.store(target + 2 * targetStride, v128.shuffle<f32>(b, d, 0, 1, 4, 5));
  v128.store(target + 3 * targetStride, v128.shuffle<f32>(b, d, 2, 3, 6, 7));
}

/**
 * Packs lines [0, lines) of a matrix, depth [first, first + depth), into panels of `width` lines: panel after
 * panel, depth-major. `alongDepth`: neighbours in depth are neighbours in memory. Missing lines are zero.
 */
// @ts-ignore: decorator
@inline function pack(width: i32, source: usize, stride: usize, alongDepth: bool, lines: i32, first: i32, depth: i32, panel: usize): void {
  const widthBytes: usize = <usize>width << 2;
  for (let line = 0; line < lines; line += width) {
    const full = lines - line >= width;
    const start = alongDepth
      ? source + <usize>line * stride + (<usize>first << 2)
      : source + <usize>first * stride + (<usize>line << 2);
    if (full && !alongDepth) {
      for (let k = 0; k < depth; k++) {
        const from = start + <usize>k * stride, to = panel + <usize>k * widthBytes;
        for (let q: usize = 0; q < widthBytes; q += 16) v128.store(to + q, v128.load(from + q));
      }
    } else if (full) {
      let k = 0;
      for (; k + 4 <= depth; k += 4) {
        for (let q = 0; q < width; q += 4) {
          transpose4(start + <usize>q * stride + (<usize>k << 2), stride, panel + <usize>k * widthBytes + (<usize>q << 2), widthBytes);
        }
      }
      for (; k < depth; k++) {
        for (let q = 0; q < width; q++) {
          store<f32>(panel + <usize>k * widthBytes + (<usize>q << 2), load<f32>(start + <usize>q * stride + (<usize>k << 2)));
        }
      }
    } else {
      for (let k = 0; k < depth; k++) {
        for (let q = 0; q < width; q++) {
          const from = alongDepth ? start + <usize>q * stride + (<usize>k << 2) : start + <usize>k * stride + (<usize>q << 2);
          store<f32>(panel + <usize>k * widthBytes + (<usize>q << 2), line + q < lines ? load<f32>(from) : 0);
        }
      }
    }
    panel += <usize>depth * widthBytes;
  }
}

/** One 4 x 8 tile: c (+)= a b over `depth`, a and b packed. `stride`: bytes between rows of c. */
function tile(depth: i32, a: usize, b: usize, c: usize, stride: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const row1 = c + stride, row2 = row1 + stride, row3 = row2 + stride;
  if (accumulate) {
    c00 = v128.load(c); c01 = v128.load(c, 16); c10 = v128.load(row1); c11 = v128.load(row1, 16);
    c20 = v128.load(row2); c21 = v128.load(row2, 16); c30 = v128.load(row3); c31 = v128.load(row3, 16);
  }
  const end = a + (<usize>depth << 4);
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load_splat<f32>(a);
    c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
    s = v128.load_splat<f32>(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
    s = v128.load_splat<f32>(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
    s = v128.load_splat<f32>(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
    a += 16; b += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(row1, c10); v128.store(row1, c11, 16);
  v128.store(row2, c20); v128.store(row2, c21, 16); v128.store(row3, c30); v128.store(row3, c31, 16);
}

/** A tile that hangs over the edge of C: computed beside, then copied as far as it belongs. */
function edgeTile(depth: i32, a: usize, b: usize, c: usize, stride: usize, accumulate: bool, rows: i32, columns: i32, scratch: usize): void {
  tile(depth, a, b, scratch, 32, false);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = c + <usize>i * stride + (<usize>j << 2);
      const value = load<f32>(scratch + (<usize>(i * TILE_COLUMNS + j) << 2));
      store<f32>(at, accumulate ? load<f32>(at) + value : value);
    }
  }
}

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

function dot(a: usize, b: usize, depth: i32): f32 {
  const whole: usize = <usize>(depth & ~3) << 2, end: usize = <usize>depth << 2;
  let sums = f32x4.splat(0), k: usize = 0;
  for (; k < whole; k += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(a + k), v128.load(b + k)));
  let sum = sumOf(sums);
  for (; k < end; k += 4) sum += load<f32>(a + k) * load<f32>(b + k);
  return sum;
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
  for (let i = 0; i < m; i++) {
    for (let j = i < fullRows ? fullColumns : 0; j < n; j++) {
      put(c + <usize>i * strideC + (<usize>j << 2), dot(a + <usize>i * strideA, b + <usize>j * strideB, k), accumulate);
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
    pack(TILE_ROWS, a, <usize>lda << 2, transposeA == 0, m, first, depth, panelsA);
    pack(TILE_COLUMNS, b, <usize>ldb << 2, transposeB != 0, n, first, depth, panelsB);
    for (let j = 0; j < n; j += TILE_COLUMNS) {
      const panelB = panelsB + <usize>(j >> 3) * (<usize>depth << 5);
      for (let i = 0; i < m; i += TILE_ROWS) {
        const panelA = panelsA + <usize>(i >> 2) * (<usize>depth << 4);
        const at = c + <usize>i * stride + (<usize>j << 2);
        if (n - j >= TILE_COLUMNS && m - i >= TILE_ROWS) tile(depth, panelA, panelB, at, stride, add);
        else edgeTile(depth, panelA, panelB, at, stride, add, min(TILE_ROWS, m - i), min(TILE_COLUMNS, n - j), scratch);
      }
    }
  }
}
