// The matrix product of float64, which is added to C: each element of C is C + a_1 b_1 + a_2 b_2 ..., one after the other.
import { pack } from "./panels";
import { TILE_ROWS, tile } from "./tile";

/** Columns of a tile of f64. */
const TILE_COLUMNS: i32 = 4;

/** Packs A [rows x depth], depth at most DEPTH; `negate`: -A, so that its product is subtracted. */
export function packLeft(rows: i32, depth: i32, a: usize, stride: usize, negate: i32, panels: usize): void {
  pack<f64>(TILE_ROWS, a, stride, true, rows, 0, depth, panels);
  if (negate == 0) return;
  const end = panels + (<usize>((rows + 3) & ~3) * <usize>depth << 3);
  for (let at = panels; at < end; at += 16) v128.store(at, f64x2.neg(v128.load(at)));
}

/** Packs B [depth x columns]; `transposed`: B is stored [columns x depth]. */
export function packRight(columns: i32, depth: i32, b: usize, stride: usize, transposed: i32, panels: usize): void {
  if (transposed != 0) pack<f64>(TILE_COLUMNS, b, stride, true, columns, 0, depth, panels);
  else pack<f64>(TILE_COLUMNS, b, stride, false, columns, 0, depth, panels);
}

/** C += A B of packed panels. C has rows and columns for whole tiles: what lies beyond may be anything. */
export function addDoubles(rows: i32, columns: i32, depth: i32, a: usize, b: usize, c: usize, stride: usize): void {
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    const panelB = b + <usize>j * (<usize>depth << 3);
    for (let i = 0; i < rows; i += TILE_ROWS) {
      tile<f64>(depth, a + <usize>i * (<usize>depth << 3), panelB, c + <usize>i * stride + (<usize>j << 3), stride, true);
    }
  }
}
