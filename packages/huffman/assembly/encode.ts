// Encodes the four streams of a chunk (docs/format.md, "Chunks"), one after the other: side by side they would want more
// registers than there are. Up to 7 bits wait in a window of 64, with which the codes of four symbols, of at most 12 bits,
// fit in it.

import { CODED, CODES, PAIRS, STREAM_ROOM, SYMBOLS } from "./encode-memory";

/** Codes are code | length << 24. */
const CODE_MASK: u32 = 0xffffff;

/** Makes PAIRS, by first symbol | second symbol << 8, of CODES. */
export function buildPairs(alphabet: u32): void {
  for (let second: u32 = 0; second < alphabet; second++) {
    const after = load<u32>(second << 2, CODES);
    for (let first: u32 = 0; first < alphabet; first++) {
      const before = load<u32>(first << 2, CODES);
      const code = (before & CODE_MASK) | ((after & CODE_MASK) << (before >> 24));
      store<u32>((first | (second << 8)) << 2, code | ((before >> 24) + (after >> 24) << 24), PAIRS);
    }
  }
}

/**
 * Writes the streams of a chunk of symbols of a byte, each at its place. A stream stays within its room: it has at most
 * 16,384 symbols of 12 bits, and stores 8 bytes where its next bit goes.
 */
export function encodeBytes(count: u32): void {
  const share = (count + 3) / 4;
  for (let stream: u32 = 0; stream < 4; stream++) {
    const end = SYMBOLS + min(count, (stream + 1) * share);
    let at = min(end, SYMBOLS + stream * share);
    let out = CODED + stream * STREAM_ROOM;
    let window: u64 = 0;
    let bits: u64 = 0;
    for (; at + 8 <= end; at += 8) {
      let first = load<u32>(<u32>load<u16>(at) << 2, PAIRS);
      let second = load<u32>(<u32>load<u16>(at, 2) << 2, PAIRS);
      let length = <u64>(first >> 24);
      window |= (<u64>(first & CODE_MASK) | (<u64>(second & CODE_MASK) << length)) << bits;
      bits += length + <u64>(second >> 24);
      store<u64>(out, window);
      out += <u32>(bits >> 3);
      window >>= bits & 56;
      bits &= 7;
      first = load<u32>(<u32>load<u16>(at, 4) << 2, PAIRS);
      second = load<u32>(<u32>load<u16>(at, 6) << 2, PAIRS);
      length = <u64>(first >> 24);
      window |= (<u64>(first & CODE_MASK) | (<u64>(second & CODE_MASK) << length)) << bits;
      bits += length + <u64>(second >> 24);
      store<u64>(out, window);
      out += <u32>(bits >> 3);
      window >>= bits & 56;
      bits &= 7;
    }
    for (; at < end; at++) {
      const code = load<u32>(<u32>load<u8>(at) << 2, CODES);
      window |= <u64>(code & CODE_MASK) << bits;
      bits += <u64>(code >> 24);
      store<u64>(out, window);
      out += <u32>(bits >> 3);
      window >>= bits & 56;
      bits &= 7;
    }
  }
}

/** The same of symbols of two bytes, one by one, with their codes at PAIRS. */
export function encodeWords(count: u32): void {
  const share = (count + 3) / 4;
  for (let stream: u32 = 0; stream < 4; stream++) {
    const end = SYMBOLS + 2 * min(count, (stream + 1) * share);
    let out = CODED + stream * STREAM_ROOM;
    let window: u64 = 0;
    let bits: u64 = 0;
    for (let at = SYMBOLS + 2 * stream * share; at < end; at += 2) {
      const code = load<u32>(<u32>load<u16>(at) << 2, PAIRS);
      window |= <u64>(code & CODE_MASK) << bits;
      bits += <u64>(code >> 24);
      store<u64>(out, window);
      out += <u32>(bits >> 3);
      window >>= bits & 56;
      bits &= 7;
    }
  }
}
