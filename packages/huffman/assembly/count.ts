// Counts the symbols of a chunk. Several counts of a symbol are kept and summed in the end: neighbours are often alike, and
// an addition to a count must wait for the one before to the same count.

import { COLUMN_SUMS, COUNTS, PAIR_COUNTS, PAIR_SQUARE, PLACES, SYMBOLS } from "./encode-memory";

/** Bytes of a row of counts for symbols of a byte. */
const ROW: u32 = 4 * 256;

/**
 * Up to so many symbols in a row pairs of them are counted: half as many additions, but squares of counts to sum. The lower 7 bits
 * tell them apart, so that the place of a pair's count, twice the pair, may lose its highest bit.
 */
const PAIRED_SYMBOLS: u32 = 128;

/** Counts the `count` symbols of a byte at SYMBOLS: 256 counts at COUNTS. */
export function countBytes(count: u32): void {
  memory.fill(COUNTS, 0, 4 * ROW);
  const sixteens = count & ~15;
  let lows = v128.splat<u8>(255), highs = v128.splat<u8>(0);
  for (let at: u32 = SYMBOLS, end = SYMBOLS + sixteens; at < end; at += 16) {
    const symbols = v128.load(at);
    lows = v128.min<u8>(lows, symbols);
    highs = v128.max<u8>(highs, symbols);
    v128.store(at - SYMBOLS + PLACES, v128.shl<u16>(symbols, 1));
  }
  const low: u32 = lowest(lows), high: u32 = 255 - lowest(v128.not(highs));
  if (high - low < PAIRED_SYMBOLS) {
    countPairs(sixteens);
    foldPairs(low, high);
  } else {
    countRows(sixteens);
  }
  for (let at: u32 = SYMBOLS + sixteens, end = SYMBOLS + count; at < end; at++) add(COUNTS, load<u8>(at));
}

// @ts-ignore: decorator
@inline function add(row: u32, symbol: u32): void {
  const at = row + (symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function lowest(bytes: v128): u32 {
  v128.store(COLUMN_SUMS, bytes);
  let found: u32 = 255;
  for (let lane: u32 = 0; lane < 16; lane++) found = min(found, <u32>load<u8>(COLUMN_SUMS + lane));
  return found;
}

/** Counts a pair in each square. */
// @ts-ignore: decorator
@inline function addPairs(place: u32, other: u32): void {
  store<u16>(place, load<u16>(place, PAIR_COUNTS) + 1, PAIR_COUNTS);
  store<u16>(other, load<u16>(other, PAIR_COUNTS + PAIR_SQUARE) + 1, PAIR_COUNTS + PAIR_SQUARE);
}

/** Counts the pairs of the first `length` symbols, a multiple of 16, in the two squares in turn: an addition need not wait for the one before. */
function countPairs(length: u32): void {
  for (let at: u32 = PLACES, end = PLACES + length; at < end; at += 16) {
    addPairs(load<u16>(at), load<u16>(at, 2));
    addPairs(load<u16>(at, 4), load<u16>(at, 6));
    addPairs(load<u16>(at, 8), load<u16>(at, 10));
    addPairs(load<u16>(at, 12), load<u16>(at, 14));
  }
}

/** Adds the counts of pairs of symbols `low`..`high` to those of both symbols, and clears them. No sum exceeds 32,768. */
function foldPairs(low: u32, high: u32): void {
  const first = low & ~7;
  const zeros = v128.splat<u16>(0);
  memory.fill(COLUMN_SUMS, 0, 2 * 256);
  for (let second = low; second <= high; second++) {
    let row = zeros;
    for (let firsts = first; firsts <= high; firsts += 8) {
      const place = 512 * (second & (PAIRED_SYMBOLS - 1)) + 2 * firsts;
      const eight = v128.add<u16>(v128.load(place, PAIR_COUNTS), v128.load(place, PAIR_COUNTS + PAIR_SQUARE));
      v128.store(place, zeros, PAIR_COUNTS);
      v128.store(place, zeros, PAIR_COUNTS + PAIR_SQUARE);
      const columns = COLUMN_SUMS + 2 * firsts;
      v128.store(columns, v128.add<u16>(v128.load(columns), eight));
      row = v128.add<u16>(row, eight);
    }
    const four = i32x4.extadd_pairwise_i16x8_u(row);
    const sum = i32x4.extract_lane(four, 0) + i32x4.extract_lane(four, 1) + i32x4.extract_lane(four, 2) + i32x4.extract_lane(four, 3);
    store<u32>(second << 2, sum, COUNTS);
  }
  for (let symbol = first; symbol <= high; symbol++) {
    store<u32>(symbol << 2, load<u32>(symbol << 2, COUNTS) + load<u16>(symbol << 1, COLUMN_SUMS), COUNTS);
  }
}

/** Counts the first `length` symbols, a multiple of 16, in four rows, and sums them. */
function countRows(length: u32): void {
  const quarter = length / 4;
  for (let at: u32 = SYMBOLS, end = SYMBOLS + quarter; at < end; at += 4) {
    const w0 = load<u32>(at), w1 = load<u32>(at + quarter);
    const w2 = load<u32>(at + 2 * quarter), w3 = load<u32>(at + 3 * quarter);
    addFour(w0, w1, w2, w3);
    addFour(w0 >> 8, w1 >> 8, w2 >> 8, w3 >> 8);
    addFour(w0 >> 16, w1 >> 16, w2 >> 16, w3 >> 16);
    addFour(w0 >> 24, w1 >> 24, w2 >> 24, w3 >> 24);
  }
  for (let at: u32 = COUNTS, end = COUNTS + ROW; at < end; at += 16) {
    const two = v128.add<u32>(v128.load(at), v128.load(at, ROW));
    v128.store(at, v128.add<u32>(two, v128.add<u32>(v128.load(at, 2 * ROW), v128.load(at, 3 * ROW))));
  }
}

/** Adds the symbols in the lowest byte of four words. */
// @ts-ignore: decorator
@inline function addFour(w0: u32, w1: u32, w2: u32, w3: u32): void {
  add(COUNTS, w0 & 255);
  add(COUNTS + ROW, w1 & 255);
  add(COUNTS + 2 * ROW, w2 & 255);
  add(COUNTS + 3 * ROW, w3 & 255);
}

/** Counts the `count` symbols of two bytes at SYMBOLS: `size` counts at COUNTS; symbols outside count as the last. */
export function countWords(count: u32, size: u32): void {
  memory.fill(COUNTS, 0, 4 * size);
  for (let at: u32 = SYMBOLS, end = SYMBOLS + 2 * count; at < end; at += 2) {
    add(COUNTS, min(<u32>load<u16>(at), size - 1));
  }
}
