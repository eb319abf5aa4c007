// Decodes the four streams of a chunk side by side (docs/format.md, "Chunks").
//
// A stream is read through a window of 64 bits whose lowest bit is the next one. A bit is planted at the top of the window
// when it is filled: shifting bits out shifts zeros in above it, so the number of leading zeros is the number of bits used.
// A window that was just filled has at least 56 bits to use: five look-ups of 11 bits, or four of 12.

import { CODED, SINGLES, SYMBOLS, TABLE } from "./memory";

const PLANTED: u64 = 1 << 63;

/** A look-up gives at most this many bytes of symbols; 8 are stored, of which those behind are overwritten by the next. */
const ENTRY_BYTES: u32 = 6;

/** The entry for the next bits of a window. A shift by it is one by its length: shifts take their low six bits. */
// @ts-ignore: decorator
@inline function entryOf(window: u64, mask: u64): u64 {
  return load<u64>(<u32>(window & mask) << 3, TABLE);
}

// @ts-ignore: decorator
@inline function put(out: u32, entry: u64): u32 {
  store<u64>(out, entry >> 8);
  return out + <u32>(entry >> 56);
}

/** Rounds of `bytes` bytes at most that a stream can take before it may write behind its end. */
// @ts-ignore: decorator
@inline function roundsOf(out: u32, end: u32, bytes: u32): u32 {
  return end - out < bytes + 2 ? 0 : (end - out - 2) / bytes;
}

/** Makes TABLE of SINGLES: as many whole codes as fit in the index, up to six symbols of one byte or three of two. */
export function buildTable(bits: u32, symbolBits: u32): void {
  for (let index: u32 = 0; index < 1 << bits; index++) {
    let symbols: u64 = 0;
    let used: u32 = 0;
    let bit: u32 = 0;
    while (bit < 8 * ENTRY_BYTES) {
      const single = load<u32>((index >> used) << 2, SINGLES);
      const length = single & 31;
      if (used + length > bits) break;
      symbols |= <u64>(single >> 5) << bit;
      used += length;
      bit += symbolBits;
    }
    store<u64>(index << 3, used | (symbols << 8) | (<u64>(bit >> 3) << 56), TABLE);
  }
}

/**
 * Decodes a chunk of `count` symbols, of codes of at most 11 bits, whose streams stand at CODED and have s0, s1, s2 and s3
 * bytes.
 *
 * No stream is read more than 12 bits a symbol and a window behind its start: each look-up gives a symbol at least, and no
 * stream writes behind its own symbols. So what the lengths say makes no difference to what memory is touched.
 *
 * @returns bits of all codes, or -1 if a stream does not end where its symbols do, or has a padding bit that is 1
 */
export function decodeChunk11(symbolBytes: u32, count: u32, s0: u32, s1: u32, s2: u32, s3: u32): i32 {
  return decodeChunk(11, symbolBytes, count, s0, s1, s2, s3);
}

/** The same for codes of at most 12 bits. */
export function decodeChunk12(symbolBytes: u32, count: u32, s0: u32, s1: u32, s2: u32, s3: u32): i32 {
  return decodeChunk(12, symbolBytes, count, s0, s1, s2, s3);
}

/** Inlined twice, with `bits` a constant: the loop needs the registers. */
// @ts-ignore: decorator
@inline function decodeChunk(bits: u32, symbolBytes: u32, count: u32, s0: u32, s1: u32, s2: u32, s3: u32): i32 {
  const mask: u64 = (1 << bits) - 1;
  const share = (count + 3) / 4;
  const end = SYMBOLS + count * symbolBytes;
  let o0: u32 = SYMBOLS;
  let o1 = min(end, o0 + share * symbolBytes);
  let o2 = min(end, o1 + share * symbolBytes);
  let o3 = min(end, o2 + share * symbolBytes);
  const e0 = o1, e1 = o2, e2 = o3;
  let p0: u32 = CODED, p1 = p0 + s0, p2 = p1 + s1, p3 = p2 + s2;
  const f0 = p1, f1 = p2, f2 = p3, f3 = p3 + s3;
  let w0 = load<u64>(p0) | PLANTED, w1 = load<u64>(p1) | PLANTED;
  let w2 = load<u64>(p2) | PLANTED, w3 = load<u64>(p3) | PLANTED;
  const five = bits < 12;
  const roundBytes: u32 = five ? 5 * ENTRY_BYTES : 4 * ENTRY_BYTES;
  for (;;) {
    let rounds = min(
      min(roundsOf(o0, e0, roundBytes), roundsOf(o1, e1, roundBytes)),
      min(roundsOf(o2, e2, roundBytes), roundsOf(o3, end, roundBytes)),
    );
    if (rounds == 0) break;
    do {
      let entry = entryOf(w0, mask); o0 = put(o0, entry); w0 >>= entry;
      entry = entryOf(w1, mask); o1 = put(o1, entry); w1 >>= entry;
      entry = entryOf(w2, mask); o2 = put(o2, entry); w2 >>= entry;
      entry = entryOf(w3, mask); o3 = put(o3, entry); w3 >>= entry;
      entry = entryOf(w0, mask); o0 = put(o0, entry); w0 >>= entry;
      entry = entryOf(w1, mask); o1 = put(o1, entry); w1 >>= entry;
      entry = entryOf(w2, mask); o2 = put(o2, entry); w2 >>= entry;
      entry = entryOf(w3, mask); o3 = put(o3, entry); w3 >>= entry;
      entry = entryOf(w0, mask); o0 = put(o0, entry); w0 >>= entry;
      entry = entryOf(w1, mask); o1 = put(o1, entry); w1 >>= entry;
      entry = entryOf(w2, mask); o2 = put(o2, entry); w2 >>= entry;
      entry = entryOf(w3, mask); o3 = put(o3, entry); w3 >>= entry;
      entry = entryOf(w0, mask); o0 = put(o0, entry); w0 >>= entry;
      entry = entryOf(w1, mask); o1 = put(o1, entry); w1 >>= entry;
      entry = entryOf(w2, mask); o2 = put(o2, entry); w2 >>= entry;
      entry = entryOf(w3, mask); o3 = put(o3, entry); w3 >>= entry;
      if (five) {
        entry = entryOf(w0, mask); o0 = put(o0, entry); w0 >>= entry;
        entry = entryOf(w1, mask); o1 = put(o1, entry); w1 >>= entry;
        entry = entryOf(w2, mask); o2 = put(o2, entry); w2 >>= entry;
        entry = entryOf(w3, mask); o3 = put(o3, entry); w3 >>= entry;
      }
      let used = <u32>clz(w0); p0 += used >> 3; w0 = (load<u64>(p0) | PLANTED) >> (used & 7);
      used = <u32>clz(w1); p1 += used >> 3; w1 = (load<u64>(p1) | PLANTED) >> (used & 7);
      used = <u32>clz(w2); p2 += used >> 3; w2 = (load<u64>(p2) | PLANTED) >> (used & 7);
      used = <u32>clz(w3); p3 += used >> 3; w3 = (load<u64>(p3) | PLANTED) >> (used & 7);
    } while (--rounds);
  }
  const r0 = finish(mask, symbolBytes, p0, w0, f0, o0, e0);
  const r1 = finish(mask, symbolBytes, p1, w1, f1, o1, e1);
  const r2 = finish(mask, symbolBytes, p2, w2, f2, o2, e2);
  const r3 = finish(mask, symbolBytes, p3, w3, f3, o3, end);
  return min(min(r0, r1), min(r2, r3)) < 0 ? -1 : 8 * (f3 - CODED) - (r0 + r1 + r2 + r3);
}

/** Decodes one stream to its end. @returns its padding bits, or -1 if its bytes do not end there or one of them is 1 */
function finish(mask: u64, symbolBytes: u32, at: u32, window: u64, stop: u32, out: u32, end: u32): i32 {
  const roundBytes: u32 = 4 * ENTRY_BYTES;
  for (let rounds = roundsOf(out, end, roundBytes); rounds > 0; rounds = roundsOf(out, end, roundBytes)) {
    do {
      let entry = entryOf(window, mask); out = put(out, entry); window >>= entry;
      entry = entryOf(window, mask); out = put(out, entry); window >>= entry;
      entry = entryOf(window, mask); out = put(out, entry); window >>= entry;
      entry = entryOf(window, mask); out = put(out, entry); window >>= entry;
      const used = <u32>clz(window);
      at += used >> 3;
      window = (load<u64>(at) | PLANTED) >> (used & 7);
    } while (--rounds);
  }
  let used = <u32>clz(window);
  while (out < end) {
    const single = load<u32>(<u32>((load<u64>(at) >> used) & mask) << 2, SINGLES);
    if (symbolBytes == 1) store<u8>(out, <u8>(single >> 5));
    else store<u16>(out, <u16>(single >> 5));
    out += symbolBytes;
    used += single & 31;
    at += used >> 3;
    used &= 7;
  }
  if (used == 0) return at == stop ? 0 : -1;
  return at + 1 == stop && load<u8>(at) >> <u8>used == 0 ? 8 - used : -1;
}
