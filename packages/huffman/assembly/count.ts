// Counts the symbols of a chunk's four streams (docs/format.md, "Chunks"), side by side, each in a row of its own:
// neighbours are often alike, and an addition to a count must wait for the one before to the same count.

import { COUNTS, PAIR_COUNTS, PAIR_ROOM, SYMBOLS } from "./encode-memory";

/** Bytes of a row of counts for symbols of a byte. */
const ROW: u32 = 4 * 256;

// @ts-ignore: decorator
@inline function add(row: u32, symbol: u32): void {
  const at = row + (symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Adds the symbols in the lowest byte of four words, one of each stream. */
// @ts-ignore: decorator
@inline function addFour(w0: u32, w1: u32, w2: u32, w3: u32): void {
  add(COUNTS, w0 & 255);
  add(COUNTS + ROW, w1 & 255);
  add(COUNTS + 2 * ROW, w2 & 255);
  add(COUNTS + 3 * ROW, w3 & 255);
}

/** Adds the `count` symbols of a byte at SYMBOLS to the rows of 256 counts at COUNTS. */
export function countBytes(count: u32): void {
  const share = (count + 3) / 4;
  const fours = (count - min(count, 3 * share)) / 4;
  let at: u32 = SYMBOLS;
  if (below64(count)) {
    at += 4 * fours;
    countPairs(share, 4 * fours);
  }
  for (const end = SYMBOLS + 4 * fours; at < end; at += 4) {
    const w0 = load<u32>(at), w1 = load<u32>(at + share), w2 = load<u32>(at + 2 * share), w3 = load<u32>(at + 3 * share);
    addFour(w0, w1, w2, w3);
    addFour(w0 >> 8, w1 >> 8, w2 >> 8, w3 >> 8);
    addFour(w0 >> 16, w1 >> 16, w2 >> 16, w3 >> 16);
    addFour(w0 >> 24, w1 >> 24, w2 >> 24, w3 >> 24);
  }
  for (let stream: u32 = 0; stream < 4; stream++) {
    const end = SYMBOLS + min(count, (stream + 1) * share);
    for (let rest = at + stream * share; rest < end; rest++) add(COUNTS + stream * ROW, load<u8>(rest));
  }
}

/** Whether all symbols are below 64. */
function below64(count: u32): bool {
  const high = v128.splat<u8>(0xc0);
  let at: u32 = SYMBOLS;
  for (const end = SYMBOLS + (count & ~15); at < end; at += 16) {
    if (v128.any_true(v128.and(v128.load(at), high))) return false;
  }
  for (const end = SYMBOLS + count; at < end; at++) if (load<u8>(at) >= 64) return false;
  return true;
}

// @ts-ignore: decorator
@inline function addPair(at: u32, stream: u32): void {
  const place = (<u32>load<u16>(at) << 1) + stream * PAIR_ROOM;
  store<u16>(place, load<u16>(place, PAIR_COUNTS) + 1, PAIR_COUNTS);
}

/** Counts the first `length` symbols of four streams by pairs: half as many additions. A stream has at most 8,192 pairs. */
function countPairs(share: u32, length: u32): void {
  for (let at: u32 = SYMBOLS, end = SYMBOLS + length; at < end; at += 4) {
    addPair(at, 0);
    addPair(at + share, 1);
    addPair(at + 2 * share, 2);
    addPair(at + 3 * share, 3);
    addPair(at + 2, 0);
    addPair(at + share + 2, 1);
    addPair(at + 2 * share + 2, 2);
    addPair(at + 3 * share + 2, 3);
  }
  for (let stream: u32 = 0; stream < 4; stream++) {
    for (let firsts: u32 = 0; firsts < 64; firsts += 8) foldPairs(stream, firsts);
  }
}

/** Adds pairs whose first symbol is one of eight to the counts of both symbols, and clears them. */
function foldPairs(stream: u32, firsts: u32): void {
  const row = COUNTS + stream * ROW;
  let columns = v128.splat<u16>(0);
  for (let second: u32 = 0; second < 64; second++) {
    const place = PAIR_COUNTS + stream * PAIR_ROOM + 512 * second + 2 * firsts;
    const eight = v128.load(place);
    if (!v128.any_true(eight)) continue;
    v128.store(place, v128.splat<u16>(0));
    columns = v128.add<u16>(columns, eight);
    const four = i32x4.extadd_pairwise_i16x8_u(eight);
    const sum = i32x4.extract_lane(four, 0) + i32x4.extract_lane(four, 1) + i32x4.extract_lane(four, 2) + i32x4.extract_lane(four, 3);
    store<u32>(row + 4 * second, load<u32>(row + 4 * second) + sum);
  }
  const low = row + 4 * firsts;
  v128.store(low, v128.add<u32>(v128.load(low), i32x4.extend_low_i16x8_u(columns)));
  v128.store(low, v128.add<u32>(v128.load(low, 16), i32x4.extend_high_i16x8_u(columns)), 16);
}

/** Adds the `count` symbols of two bytes at SYMBOLS to the rows of `stride` counts; symbols outside count as the last. */
export function countWords(count: u32, stride: u32): void {
  const share = (count + 3) / 4;
  for (let stream: u32 = 0; stream < 4; stream++) {
    const end = SYMBOLS + 2 * min(count, (stream + 1) * share);
    for (let at = SYMBOLS + 2 * stream * share; at < end; at += 2) {
      add(COUNTS + 4 * stream * stride, min(<u32>load<u16>(at), stride - 1));
    }
  }
}
