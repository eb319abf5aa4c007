// Sums of a symmetric matrix's elements by the codes of their row and their column.

/** The code of what is left out. */
const NONE: u32 = 0xffff;

/**
 * sums [size][size] of f64 += worth x the elements (i, j) of a slab of the matrix's columns [first, first + width), each where the
 * codes of j and i say. slab: [columns][width] of f64, width a multiple of 8; codes [columns] of u16; byCode: size x width of f64.
 */
export function addPairs(columns: i32, first: i32, width: i32, size: i32, codes: usize, slab: usize, byCode: usize, worth: f64, sums: usize): void {
  const bytes = <usize>width << 3;
  memory.fill(byCode, 0, <usize>size * bytes);
  for (let i = 0; i < columns; i++, slab += bytes) {
    const code: u32 = load<u16>(codes + (<usize>i << 1));
    if (code == NONE) continue;
    const to = byCode + <usize>code * bytes;
    for (let q: usize = 0; q < bytes; q += 64) {
      const at = to + q, from = slab + q;
      v128.store(at, f64x2.add(v128.load(at), v128.load(from)));
      v128.store(at, f64x2.add(v128.load(at, 16), v128.load(from, 16)), 16);
      v128.store(at, f64x2.add(v128.load(at, 32), v128.load(from, 32)), 32);
      v128.store(at, f64x2.add(v128.load(at, 48), v128.load(from, 48)), 48);
    }
  }
  const last = min(columns - first, width);
  for (let j = 0; j < last; j++) {
    const code: u32 = load<u16>(codes + (<usize>(first + j) << 1));
    if (code == NONE) continue;
    let at = sums + (<usize>code * <usize>size << 3), from = byCode + (<usize>j << 3);
    for (let k = 0; k < size; k++, at += 8, from += bytes) store<f64>(at, load<f64>(at) + worth * load<f64>(from));
  }
}
