// Products of a sparse matrix stored by columns: y[row] += C_code * x[column]. Inputs of exactly zero cost nothing.
//
// starts: of each column and of the end, u32, in entries. Entries of 32 bits are a gap, from the row before, and a code, of 16 bits each (EIE's
// form). Of 16 bits there are two kinds: a column is the number of its quads, the quads, and its other entries, whole fours of them. A quad is
// four rows of one code, 4 * row each, and in the two free bits of the first how many codes it is behind the quad before, or behind
// code 0. The others are a gap and a code of 8 bits each. The code `filler` stands for no weight: it adds nothing, bridges a gap that is too wide,
// and fills up fours.

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

// @ts-ignore: decorator
@inline function addTo(at: usize, product: f32): void {
  store<f32>(at, load<f32>(at) + product);
}

/** Adds what a quad makes of its product. Rows are loaded two at once: what limits is how many loads and stores there are. */
// @ts-ignore: decorator
@inline function addQuad(y: usize, quad: usize, product: f32): void {
  const rows = load<u32>(quad), rows1 = load<u32>(quad, 4);
  addTo(y + <usize>(rows & 0xfffc), product);
  addTo(y + <usize>(rows >> 16), product);
  addTo(y + <usize>(rows1 & 0xffff), product);
  addTo(y + <usize>(rows1 >> 16), product);
}

/** Adds an entry's product `gap` rows behind the one at `at`, and gives where that is. */
// @ts-ignore: decorator
@inline function addEntry(at: usize, entry: u32): usize {
  at += <usize>(entry & 0xff) << 2;
  addTo(at, load<f32>(<usize>(entry >> 6 & 0x3fc), PRODUCTS));
  return at;
}

// @ts-ignore: decorator
@inline function addFour(at: usize, entry: usize): usize {
  at = addEntry(at, load<u16>(entry));
  at = addEntry(at, load<u16>(entry, 2));
  at = addEntry(at, load<u16>(entry, 4));
  return addEntry(at, load<u16>(entry, 6));
}

/** One item, entries of 16 bits. The codebook has `filler` centroids and is readable for two whole vectors. y [rows]. */
export function columnsProduct16(starts: usize, columns: i32, entries: usize, codebook: usize, filler: i32, x: usize, y: usize): void {
  const size = <usize>filler << 2, end = x + (<usize>columns << 2), startsFromX = starts - x;
  for (; x < end; x += NON_ZERO_INPUTS << 2) {
    const listed = listNonZero(x, min(end, x + (NON_ZERO_INPUTS << 2)));
    for (let next = NON_ZERO; next < listed; next += 4) {
      const input = <usize>load<u32>(next), start = startsFromX + input;
      multiplyCodebook(codebook, size, load<f32>(input));
      let entry = entries + (<usize>load<u32>(start) << 1), product = PRODUCTS, at = y - 4;
      const last = entries + (<usize>load<u32>(start, 4) << 1), others = entry + 2 + (<usize>load<u16>(entry) << 3);
      for (entry += 2; entry < others; entry += 8) {
        product += <usize>(load<u16>(entry) & 3) << 2;
        addQuad(y, entry, load<f32>(product));
      }
      for (const whole = last - 8; entry < whole; entry += 16) at = addFour(addFour(at, entry), entry + 8);
      if (entry < last) addFour(at, entry);
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

// @ts-ignore: decorator
@inline function addEight(at: usize, factor: v128, value: v128, value1: v128): void {
  v128.store(at, f32x4.add(v128.load(at), f32x4.mul(factor, value)));
  v128.store(at, f32x4.add(v128.load(at, 16), f32x4.mul(factor, value1)), 16);
}

/** Eight items side by side: x [columns][8], y [rows][8]; `wide` 1: entries of 32 bits. */
export function columnsProduct8(starts: usize, columns: i32, entries: usize, codebook: usize, filler: i32, wide: i32, x: usize, y: usize): void {
  const zero = f32x4.splat(0), size = wide + 1;
  for (const end = x + (<usize>columns << 5); x < end; x += 32, starts += 4) {
    const value = v128.load(x), value1 = v128.load(x, 16);
    if (!v128.any_true(v128.or(f32x4.ne(value, zero), f32x4.ne(value1, zero)))) continue;
    let entry = entries + (<usize>load<u32>(starts) << size), at = y - 32;
    const last = entries + (<usize>load<u32>(starts, 4) << size);
    if (wide != 0) {
      for (; entry < last; entry += 4) {
        const pair = load<u32>(entry), code = <i32>(pair >> 16);
        at += <usize>(pair & 0xffff) << 5;
        if (code != filler) addEight(at, v128.load_splat<f32>(codebook + (<usize>code << 2)), value, value1);
      }
      continue;
    }
    let centroid = codebook;
    const others = entry + 2 + (<usize>load<u16>(entry) << 3);
    for (entry += 2; entry < others; entry += 8) {
      const first = <usize>load<u16>(entry);
      centroid += (first & 3) << 2;
      const factor = v128.load_splat<f32>(centroid);
      addEight(y + ((first & 0xfffc) << 3), factor, value, value1);
      addEight(y + (<usize>load<u16>(entry, 2) << 3), factor, value, value1);
      addEight(y + (<usize>load<u16>(entry, 4) << 3), factor, value, value1);
      addEight(y + (<usize>load<u16>(entry, 6) << 3), factor, value, value1);
    }
    for (; entry < last; entry += 2) {
      const pair = <u32>load<u16>(entry), code = <i32>(pair >> 8);
      at += <usize>(pair & 0xff) << 5;
      if (code != filler) addEight(at, v128.load_splat<f32>(codebook + (<usize>code << 2)), value, value1);
    }
  }
}
