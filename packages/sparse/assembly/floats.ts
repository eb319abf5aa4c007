// Passes over a block of at most BLOCK float32 elements, which the caller has copied to INPUT. Four lanes a vector, 16
// elements a step: the masks of four comparisons become one of 16 bits, whose ones are gone through. What a pass finds is
// at most as much as the block holds, so nothing is written beside the outputs whatever the elements are. Elements of
// the block past `count` may be anything: a last step that reads some of them masks them out.

/** Elements of a block; src/float-kernels.ts has the same numbers. */
const BLOCK: u32 = 16384;
const INPUT: usize = 0x10000;
const FIRST: usize = 0x20000;
const SECOND: usize = 0x30000;

/** Magnitude bits of a float32; they sort as the magnitudes do. */
const MAGNITUDE: i32 = 0x7fffffff;
const INFINITY_BITS: i32 = 0x7f800000;

let above: u32 = 0;
let isAnyNaN: bool = false;

/** The lanes of 16 elements, of which `left` count, as bits. */
// @ts-ignore: decorator
@inline
function lanes(a: v128, b: v128, c: v128, d: v128, left: u32): u32 {
  const bits = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  return left < 16 ? bits & ((1 << left) - 1) : bits;
}

// @ts-ignore: decorator
@inline
function differing(at: usize, zero: v128, left: u32): u32 {
  return lanes(
    f32x4.ne(v128.load(at), zero),
    f32x4.ne(v128.load(at, 16), zero),
    f32x4.ne(v128.load(at, 32), zero),
    f32x4.ne(v128.load(at, 48), zero),
    left,
  );
}

/** Writes the positions, counted from `base`, of the elements that differ from `zero`, as NaN does, to FIRST and the elements to SECOND; returns how many. */
export function takeNonZeros(count: u32, zero: f32, base: u32): u32 {
  const skipped = f32x4.splat(zero);
  let out: usize = 0;
  for (let i: u32 = 0; i < min(count, BLOCK); i += 16) {
    const at = INPUT + (<usize>i << 2);
    for (let bits = differing(at, skipped, count - i); bits != 0; bits &= bits - 1) {
      const lane = ctz(bits);
      store<u32>(FIRST + out, base + i + lane);
      store<u32>(SECOND + out, load<u32>(at + (<usize>lane << 2)));
      out += 4;
    }
  }
  return <u32>(out >> 2);
}

// @ts-ignore: decorator
@inline
function magnitudes(at: usize): v128 {
  return v128.and(v128.load(at), i32x4.splat(MAGNITUDE));
}

/** The index of the first element that is not finite, or -1. */
export function firstNotFinite(count: u32): i32 {
  const largest = i32x4.splat(INFINITY_BITS - 1);
  for (let i: u32 = 0; i < min(count, BLOCK); i += 16) {
    const at = INPUT + (<usize>i << 2);
    const bits = lanes(
      i32x4.gt_s(magnitudes(at), largest),
      i32x4.gt_s(magnitudes(at + 16), largest),
      i32x4.gt_s(magnitudes(at + 32), largest),
      i32x4.gt_s(magnitudes(at + 48), largest),
      count - i,
    );
    if (bits != 0) return i + ctz(bits);
  }
  return -1;
}

/**
 * Writes the magnitude bits of the elements between `low` and `high`, both included, to FIRST and returns how many;
 * `countAbove` tells how many are above, and `mayHaveNaN` whether one may be NaN.
 */
export function takeBetween(count: u32, low: i32, high: i32): u32 {
  const under = i32x4.splat(low - 1);
  const over = i32x4.splat(high);
  let most = i32x4.splat(0);
  let out: usize = 0;
  above = 0;
  for (let i: u32 = 0; i < min(count, BLOCK); i += 16) {
    const at = INPUT + (<usize>i << 2);
    const a = magnitudes(at);
    const b = magnitudes(at + 16);
    const c = magnitudes(at + 32);
    const d = magnitudes(at + 48);
    most = i32x4.max_s(most, i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d)));
    const left = count - i;
    const higher = lanes(i32x4.gt_s(a, over), i32x4.gt_s(b, over), i32x4.gt_s(c, over), i32x4.gt_s(d, over), left);
    const reached = lanes(i32x4.gt_s(a, under), i32x4.gt_s(b, under), i32x4.gt_s(c, under), i32x4.gt_s(d, under), left);
    above += popcnt(higher);
    for (let bits = reached ^ higher; bits != 0; bits &= bits - 1) {
      store<i32>(FIRST + out, load<i32>(at + (<usize>ctz(bits) << 2)) & MAGNITUDE);
      out += 4;
    }
  }
  isAnyNaN = v128.any_true(i32x4.gt_s(most, i32x4.splat(INFINITY_BITS)));
  return <u32>(out >> 2);
}

/** Whether an element of the last block of `takeBetween` is NaN, or one behind its `count`. */
export function mayHaveNaN(): bool {
  return isAnyNaN;
}

/** How many elements of the last block were above the range of `takeBetween`. */
export function countAbove(): u32 {
  return above;
}
