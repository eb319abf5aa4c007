// Products of a sparse matrix stored by columns, as gaps and codes (EIE's form): y[row] += C_code * x[column]. Inputs of exactly zero cost nothing.
//
// starts: u32 of each column and of the end, in entries. An entry is a gap, from the row before, and a code: u16 of 8 bits each, or u32
// of 16 bits each. The code `filler` stands for no weight: it adds nothing, and bridges a gap that is too wide.

import { NON_ZERO, NON_ZERO_INPUTS, PRODUCTS } from "./rooms";

/** Lists the inputs in [x, end) that are not zero by their addresses, without a branch that no one can foresee. Gives the list's end. */
function listNonZero(x: usize, end: usize): usize {
  let to = NON_ZERO;
  for (; x < end; x += 4) {
    store<u32>(to, <u32>x);
    to += <usize>(load<f32>(x) != 0) << 2;
  }
  return to;
}

/** The products of an input with each centroid, two vectors at once, and of the filler: 0. */
function multiplyCodebook(codebook: usize, size: usize, value: f32): void {
  const factor = f32x4.splat(value);
  for (let k: usize = 0; k < size; k += 32) {
    v128.store(k, f32x4.mul(factor, v128.load(codebook + k)), PRODUCTS);
    v128.store(k, f32x4.mul(factor, v128.load(codebook + k, 16)), PRODUCTS + 16);
  }
  store<f32>(size, 0, PRODUCTS);
}

/** Adds an entry's product to the output `gap` behind the one at `at`, and gives its address. One load tells both halves: what limits is loads. */
// @ts-ignore: decorator
@inline function addEntry(at: usize, entry: u32): usize {
  at += <usize>(entry & 0xff) << 2;
  store<f32>(at, load<f32>(at) + load<f32>(<usize>(entry >> 6 & 0x3fc), PRODUCTS));
  return at;
}

/** One item, entries of 16 bits. The codebook has `filler` centroids and is readable for two whole vectors. y [rows]. */
export function columnsProduct16(starts: usize, columns: i32, entries: usize, codebook: usize, filler: i32, x: usize, y: usize): void {
  const size = <usize>filler << 2, end = x + (<usize>columns << 2), fromInput = starts - x;
  for (; x < end; x += NON_ZERO_INPUTS << 2) {
    const listed = listNonZero(x, min(end, x + (NON_ZERO_INPUTS << 2)));
    for (let next = NON_ZERO; next < listed; next += 4) {
      const input = <usize>load<u32>(next), start = fromInput + input;
      multiplyCodebook(codebook, size, load<f32>(input));
      let at = y - 4, entry = entries + (<usize>load<u32>(start) << 1);
      const last = entries + (<usize>load<u32>(start, 4) << 1);
      for (const whole = last - 14; entry < whole; entry += 16) {
        at = addEntry(at, load<u16>(entry));
        at = addEntry(at, load<u16>(entry, 2));
        at = addEntry(at, load<u16>(entry, 4));
        at = addEntry(at, load<u16>(entry, 6));
        at = addEntry(at, load<u16>(entry, 8));
        at = addEntry(at, load<u16>(entry, 10));
        at = addEntry(at, load<u16>(entry, 12));
        at = addEntry(at, load<u16>(entry, 14));
      }
      for (; entry < last; entry += 2) at = addEntry(at, load<u16>(entry));
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
