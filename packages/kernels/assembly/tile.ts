// Micro-kernel of the matrix product: 4 rows and two vectors of columns, 8 of f32 or 4 of f64. Eight accumulators, two rows of B and
// one splat of A fit the sixteen vector registers of x86-64; larger tiles spill.

export const TILE_ROWS: i32 = 4;
/** Columns of a tile of f32. */
export const TILE_COLUMNS: i32 = 8;

/** One tile: c (+)= a b over `depth`, a and b packed. `stride`: bytes between rows of c. Each sum goes by depth, one product after the other. */
export function tile<T>(depth: i32, a: usize, b: usize, c: usize, stride: usize, accumulate: bool): void {
  let c00 = v128.splat<T>(<T>0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const row1 = c + stride, row2 = row1 + stride, row3 = row2 + stride;
  if (accumulate) {
    c00 = v128.load(c); c01 = v128.load(c, 16); c10 = v128.load(row1); c11 = v128.load(row1, 16);
    c20 = v128.load(row2); c21 = v128.load(row2, 16); c30 = v128.load(row3); c31 = v128.load(row3, 16);
  }
  const end = a + <usize>depth * (TILE_ROWS * sizeof<T>());
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load_splat<T>(a);
    c00 = v128.add<T>(c00, v128.mul<T>(s, b0)); c01 = v128.add<T>(c01, v128.mul<T>(s, b1));
    s = v128.load_splat<T>(a, sizeof<T>());
    c10 = v128.add<T>(c10, v128.mul<T>(s, b0)); c11 = v128.add<T>(c11, v128.mul<T>(s, b1));
    s = v128.load_splat<T>(a, 2 * sizeof<T>());
    c20 = v128.add<T>(c20, v128.mul<T>(s, b0)); c21 = v128.add<T>(c21, v128.mul<T>(s, b1));
    s = v128.load_splat<T>(a, 3 * sizeof<T>());
    c30 = v128.add<T>(c30, v128.mul<T>(s, b0)); c31 = v128.add<T>(c31, v128.mul<T>(s, b1));
    a += TILE_ROWS * sizeof<T>(); b += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(row1, c10); v128.store(row1, c11, 16);
  v128.store(row2, c20); v128.store(row2, c21, 16); v128.store(row3, c30); v128.store(row3, c31, 16);
}

/** A tile that hangs over the edge of C: computed beside, then copied as far as it belongs. */
export function edgeTile(depth: i32, a: usize, b: usize, c: usize, stride: usize, accumulate: bool, rows: i32, columns: i32, scratch: usize): void {
  tile<f32>(depth, a, b, scratch, 32, false);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = c + <usize>i * stride + (<usize>j << 2);
      const value = load<f32>(scratch + (<usize>(i * TILE_COLUMNS + j) << 2));
      store<f32>(at, accumulate ? load<f32>(at) + value : value);
    }
  }
}
