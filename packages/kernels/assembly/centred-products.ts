// Sums over rows of float32: of columns, and of the products of two columns about their means. Products of a few rows are
// summed up in float32, these sums in float64.
import { pack } from "./panels";
import { TILE_COLUMNS, TILE_ROWS, tile } from "./tile";

/**
 * Rows whose products are summed up in float32. Where many values are equal, as zeros behind a ReLU are, so are their products, and
 * what is rounded off adds up: of 64 rows that came to 1.2e-6 of the columns' own sums, of 32 it is at most 1e-6.
 */
const CHAIN: i32 = 32;

/** sums [columns] of f64 += the columns of x, and largest [columns] of f32 their largest magnitudes. */
export function sumColumns(rows: i32, columns: i32, x: usize, sums: usize, largest: usize): void {
  for (let row = 0; row < rows; row++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const values = v128.load(x), at = sums + (<usize>j << 3), most = largest + (<usize>j << 2);
      v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(values)));
      v128.store(at, f64x2.add(v128.load(at, 16), f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3))), 16);
      v128.store(most, f32x4.max(v128.load(most), f32x4.abs(values)));
      x += 16;
    }
    for (; j < columns; j++) {
      const value = load<f32>(x), at = sums + (<usize>j << 3), most = largest + (<usize>j << 2);
      store<f64>(at, load<f64>(at) + <f64>value);
      store<f32>(most, max(load<f32>(most), abs(value)));
      x += 4;
    }
  }
}

/** x = (x - means) * scales, in f64, rounded to f32. */
export function centre(rows: i32, columns: i32, x: usize, means: usize, scales: usize): void {
  for (let row = 0; row < rows; row++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const values = v128.load(x), mean = means + (<usize>j << 3), scale = scales + (<usize>j << 3);
      const low = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(values), v128.load(mean)), v128.load(scale));
      const upper = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
      const high = f64x2.mul(f64x2.sub(upper, v128.load(mean, 16)), v128.load(scale, 16));
      v128.store(x, v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5));
      x += 16;
    }
    for (; j < columns; j++) {
      const at = <usize>j << 3;
      store<f32>(x, <f32>((<f64>load<f32>(x) - load<f64>(means + at)) * load<f64>(scales + at)));
      x += 4;
    }
  }
}

/** Packs x [depth][columns] as the left operand of {@link addPanels}. */
export function packLeftColumns(columns: i32, depth: i32, x: usize, panels: usize): void {
  pack<f32>(TILE_ROWS, x, <usize>columns << 2, false, columns, 0, depth, panels);
}

/** Packs x [depth][columns] as the right operand. */
export function packRightColumns(columns: i32, depth: i32, x: usize, panels: usize): void {
  pack<f32>(TILE_COLUMNS, x, <usize>columns << 2, false, columns, 0, depth, panels);
}

/** Adds 4 of f32 to 4 of f64. */
// @ts-ignore: decorator
@inline function addVector(values: v128, at: usize): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(values)));
  const upper = v128.shuffle<f32>(values, values, 2, 3, 2, 3);
  v128.store(at, f64x2.add(v128.load(at, 16), f64x2.promote_low_f32x4(upper)), 16);
}

/** Adds a row of a tile. */
// @ts-ignore: decorator
@inline function addToDoubles(from: usize, at: usize): void {
  addVector(v128.load(from), at);
  addVector(v128.load(from, 16), at + 32);
}

/**
 * C [rows][columns] of f64 += A B of packed panels of f32. C has rows and columns for whole tiles: what lies beyond may be anything.
 * `half`: tiles wholly above the diagonal are left out. `scratch`: 128 bytes.
 */
export function addPanels(rows: i32, columns: i32, depth: i32, a: usize, b: usize, c: usize, stride: usize, half: i32, scratch: usize): void {
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    const panelB = b + <usize>j * (<usize>depth << 2);
    for (let i = half != 0 ? j & ~(TILE_ROWS - 1) : 0; i < rows; i += TILE_ROWS) {
      const panelA = a + <usize>i * (<usize>depth << 2);
      for (let k = 0; k < depth; k += CHAIN) {
        tile<f32>(min(CHAIN, depth - k), panelA + (<usize>(k * TILE_ROWS) << 2), panelB + (<usize>(k * TILE_COLUMNS) << 2), scratch, 32, false);
        const at = c + <usize>i * stride + (<usize>j << 3);
        addToDoubles(scratch, at);
        addToDoubles(scratch + 32, at + stride);
        addToDoubles(scratch + 64, at + 2 * stride);
        addToDoubles(scratch + 96, at + 3 * stride);
      }
    }
  }
}
