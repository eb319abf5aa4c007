// Sums of a symmetric matrix's elements by the codes of their row and their column.

/** The code of what is left out. */
const NONE: u32 = 0xffff;

// @ts-ignore: decorator
@inline function addRow(bytes: usize, from: usize, to: usize, factor: v128): void {
  for (let q: usize = 0; q < bytes; q += 64) {
    const at = to + q, own = from + q;
    v128.store(at, f64x2.add(v128.load(at), f64x2.mul(factor, v128.load(own))));
    v128.store(at, f64x2.add(v128.load(at, 16), f64x2.mul(factor, v128.load(own, 16))), 16);
    v128.store(at, f64x2.add(v128.load(at, 32), f64x2.mul(factor, v128.load(own, 32))), 32);
    v128.store(at, f64x2.add(v128.load(at, 48), f64x2.mul(factor, v128.load(own, 48))), 48);
  }
}

/**
 * sums [size][size] of f64 += worth x the elements (i, j) of a slab of the matrix's columns j in [first, last), each where the codes of j
 * and i say: those above the slab's own rows whole, those of its own rows half, and none below. So sums and their mirror
 * together have every pair. slab: [last][width] of f64, width a multiple of 8; codes of u16; byCode: size x width of f64.
 */
export function addPairs(first: i32, last: i32, width: i32, size: i32, codes: usize, slab: usize, byCode: usize, worth: f64, sums: usize): void {
  const bytes = <usize>width << 3, whole = f64x2.splat(1), half = f64x2.splat(0.5);
  memory.fill(byCode, 0, <usize>size * bytes);
  for (let i = 0; i < last; i++, slab += bytes) {
    const code: u32 = load<u16>(codes + (<usize>i << 1));
    if (code != NONE) addRow(bytes, slab, byCode + <usize>code * bytes, i < first ? whole : half);
  }
  for (let j = first; j < last; j++) {
    const code: u32 = load<u16>(codes + (<usize>j << 1));
    if (code == NONE) continue;
    let at = sums + (<usize>code * <usize>size << 3), from = byCode + (<usize>(j - first) << 3);
    for (let k = 0; k < size; k++, at += 8, from += bytes) store<f64>(at, load<f64>(at) + worth * load<f64>(from));
  }
}
