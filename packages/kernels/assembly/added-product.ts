// The matrix product that is added to C, of f32 or of f64: each element of C is C + a_1 b_1 + a_2 b_2 ..., one after the other.
import { pack } from "./panels";
import { TILE_ROWS, tile } from "./tile";

/** Bytes of a tile's columns: 8 of f32 or 4 of f64. */
const TILE_BYTES: usize = 32;

/** Packs A [rows x depth], depth at most DEPTH; `negate`: -A, so that its product is subtracted. */
// @ts-ignore: decorator
@inline function packLeft<T>(rows: i32, depth: i32, a: usize, stride: usize, negate: i32, panels: usize): void {
  pack<T>(TILE_ROWS, a, stride, true, rows, 0, depth, panels);
  if (negate == 0) return;
  const end = panels + <usize>((rows + 3) & ~3) * <usize>depth * sizeof<T>();
  for (let at = panels; at < end; at += 16) v128.store(at, v128.neg<T>(v128.load(at)));
}

/** Packs B [depth x columns]; `transposed`: B is stored [columns x depth]. */
// @ts-ignore: decorator
@inline function packRight<T>(columns: i32, depth: i32, b: usize, stride: usize, transposed: i32, panels: usize): void {
  const width: i32 = <i32>(TILE_BYTES / sizeof<T>());
  if (transposed != 0) pack<T>(width, b, stride, true, columns, 0, depth, panels);
  else pack<T>(width, b, stride, false, columns, 0, depth, panels);
}

/** C += A B of packed panels. C has rows and columns for whole tiles: what lies beyond may be anything. */
// @ts-ignore: decorator
@inline function addProduct<T>(rows: i32, columns: i32, depth: i32, a: usize, b: usize, c: usize, stride: usize): void {
  const width: i32 = <i32>(TILE_BYTES / sizeof<T>()), line = <usize>depth * sizeof<T>();
  for (let j = 0; j < columns; j += width) {
    const panelB = b + <usize>j * line;
    for (let i = 0; i < rows; i += TILE_ROWS) {
      tile<T>(depth, a + <usize>i * line, panelB, c + <usize>i * stride + <usize>j * sizeof<T>(), stride, true);
    }
  }
}

export function packLeftFloats(rows: i32, depth: i32, a: usize, stride: usize, negate: i32, panels: usize): void {
  packLeft<f32>(rows, depth, a, stride, negate, panels);
}

export function packRightFloats(columns: i32, depth: i32, b: usize, stride: usize, transposed: i32, panels: usize): void {
  packRight<f32>(columns, depth, b, stride, transposed, panels);
}

export function addFloats(rows: i32, columns: i32, depth: i32, a: usize, b: usize, c: usize, stride: usize): void {
  addProduct<f32>(rows, columns, depth, a, b, c, stride);
}

export function packLeftDoubles(rows: i32, depth: i32, a: usize, stride: usize, negate: i32, panels: usize): void {
  packLeft<f64>(rows, depth, a, stride, negate, panels);
}

export function packRightDoubles(columns: i32, depth: i32, b: usize, stride: usize, transposed: i32, panels: usize): void {
  packRight<f64>(columns, depth, b, stride, transposed, panels);
}

export function addDoubles(rows: i32, columns: i32, depth: i32, a: usize, b: usize, c: usize, stride: usize): void {
  addProduct<f64>(rows, columns, depth, a, b, c, stride);
}
