// Counts the symbols of a chunk's four streams (docs/format.md, "Chunks"), side by side, each in a row of its own:
// neighbours are often alike, and an addition to a count must wait for the one before to the same count.

import { COUNTS, SYMBOLS } from "./encode-memory";

/** Bytes of a row of counts for symbols of a byte. */
const ROW: u32 = 4 * 256;

// @ts-ignore: decorator
@inline function add(row: u32, symbol: u32): void {
  const at = row + (symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Adds one symbol of each stream. */
// @ts-ignore: decorator
@inline function addFour(at: u32, share: u32): void {
  add(COUNTS, load<u8>(at));
  add(COUNTS + ROW, load<u8>(at + share));
  add(COUNTS + 2 * ROW, load<u8>(at + 2 * share));
  add(COUNTS + 3 * ROW, load<u8>(at + 3 * share));
}

/** Adds the `count` symbols of a byte at SYMBOLS to the rows of 256 counts at COUNTS. */
export function countBytes(count: u32): void {
  const share = (count + 3) / 4;
  const fours = (count - min(count, 3 * share)) / 4;
  let at: u32 = SYMBOLS;
  for (const end = at + 4 * fours; at < end; at += 4) {
    addFour(at, share);
    addFour(at + 1, share);
    addFour(at + 2, share);
    addFour(at + 3, share);
  }
  for (let stream: u32 = 0; stream < 4; stream++) {
    const end = SYMBOLS + min(count, (stream + 1) * share);
    for (let rest = at + stream * share; rest < end; rest++) add(COUNTS + stream * ROW, load<u8>(rest));
  }
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
