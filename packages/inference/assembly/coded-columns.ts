// Products of a sparse matrix stored by columns, as gaps and codes (EIE's form): y[row] += C_code * x[column]. Inputs of exactly zero cost nothing.
//
// starts: u32 of each column and of the end, in entries. An entry is a gap, from the row before, and a code: u16 of 8 bits each, or u32
// of 16 bits each. The code `filler` stands for no weight: it adds nothing, and bridges a gap that is too wide.

import { PRODUCTS } from "./rooms";

/** One item, entries of 16 bits. The codebook has `filler` centroids and is readable for whole vectors. y [rows]. */
export function columnsProduct16(starts: usize, columns: i32, entries: usize, codebook: usize, filler: i32, x: usize, y: usize): void {
  const size = <usize>filler << 2;
  for (const end = x + (<usize>columns << 2); x < end; x += 4, starts += 4) {
    const value = load<f32>(x);
    if (value == 0) continue;
    for (let k: usize = 0; k < size; k += 16) v128.store(PRODUCTS + k, f32x4.mul(v128.load(codebook + k), f32x4.splat(value)));
    store<f32>(PRODUCTS + size, 0);
    let at = y - 4, entry = entries + (<usize>load<u32>(starts) << 1);
    const last = entries + (<usize>load<u32>(starts, 4) << 1), whole = last - 6;
    while (entry < whole) {
      at += <usize>load<u8>(entry) << 2;
      store<f32>(at, load<f32>(at) + load<f32>((<usize>load<u8>(entry, 1) << 2) + PRODUCTS));
      at += <usize>load<u8>(entry, 2) << 2;
      store<f32>(at, load<f32>(at) + load<f32>((<usize>load<u8>(entry, 3) << 2) + PRODUCTS));
      at += <usize>load<u8>(entry, 4) << 2;
      store<f32>(at, load<f32>(at) + load<f32>((<usize>load<u8>(entry, 5) << 2) + PRODUCTS));
      at += <usize>load<u8>(entry, 6) << 2;
      store<f32>(at, load<f32>(at) + load<f32>((<usize>load<u8>(entry, 7) << 2) + PRODUCTS));
      entry += 8;
    }
    for (; entry < last; entry += 2) {
      at += <usize>load<u8>(entry) << 2;
      store<f32>(at, load<f32>(at) + load<f32>((<usize>load<u8>(entry, 1) << 2) + PRODUCTS));
    }
  }
}

/** One item, entries of 32 bits. y [rows]. */
export function columnsProduct32(starts: usize, columns: i32, entries: usize, codebook: usize, filler: i32, x: usize, y: usize): void {
  for (const end = x + (<usize>columns << 2); x < end; x += 4, starts += 4) {
    const value = load<f32>(x);
    if (value == 0) continue;
    let at = y - 4, entry = entries + (<usize>load<u32>(starts) << 2);
    for (const last = entries + (<usize>load<u32>(starts, 4) << 2); entry < last; entry += 4) {
      const pair = load<u32>(entry), code = <i32>(pair >> 16);
      at += <usize>(pair & 0xffff) << 2;
      if (code != filler) store<f32>(at, load<f32>(at) + load<f32>(codebook + (<usize>code << 2)) * value);
    }
  }
}

/** Eight items side by side: x [columns][8], y [rows][8]; `wide` 1: entries of 32 bits. */
export function columnsProduct8(starts: usize, columns: i32, entries: usize, codebook: usize, filler: i32, wide: i32, x: usize, y: usize): void {
  const zero = f32x4.splat(0);
  for (const end = x + (<usize>columns << 5); x < end; x += 32, starts += 4) {
    const value = v128.load(x), value1 = v128.load(x, 16);
    if (!v128.any_true(v128.or(f32x4.ne(value, zero), f32x4.ne(value1, zero)))) continue;
    let at = y - 32;
    const last = load<u32>(starts, 4);
    for (let entry = load<u32>(starts); entry < last; entry++) {
      let gap: usize, code: i32;
      if (wide != 0) {
        const pair = load<u32>(entries + (<usize>entry << 2));
        gap = <usize>(pair & 0xffff); code = <i32>(pair >> 16);
      } else {
        const pair = <u32>load<u16>(entries + (<usize>entry << 1));
        gap = <usize>(pair & 0xff); code = <i32>(pair >> 8);
      }
      at += gap << 5;
      if (code == filler) continue;
      const factor = v128.load_splat<f32>(codebook + (<usize>code << 2));
      v128.store(at, f32x4.add(v128.load(at), f32x4.mul(factor, value)));
      v128.store(at, f32x4.add(v128.load(at, 16), f32x4.mul(factor, value1)), 16);
    }
  }
}
