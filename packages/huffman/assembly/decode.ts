// Decodes the four substreams of a chunk side by side (docs/format.md, "Chunks").
//
// A substream is read through a window of 64 bits whose lowest bits are the next ones, which is loaded anew from the byte of its
// next bit every four look-ups. Below the next bit the window keeps two that are used: the 12 bits above them then are the offset
// of an entry of four bytes without a shift. A bit is planted at its top when it is loaded, and the number of leading zeros is the
// number of bits used since its first byte. A window that was just loaded has at least 54 bits to use: four look-ups of 12.
//
// Look-ups of the four substreams take turns, so that a processor has four at hand of which none waits for another: that is an
// eighth faster than the rounds of the substreams one behind the other, though it takes more registers than there are (measured).

import { CHUNK_SYMBOLS, SUBSTREAM_BYTES } from "./chunk";

/** Bits that index the tables: those of the longest code word. */
const INDEX_BITS: u32 = 12;

// The memory: by the next 12 bits, an entry as in multi-symbol-table.ts; behind the entries the first symbol << 5 | its code length.
export const TABLE: u32 = 1024;
const SINGLES: u32 = TABLE + (4 << INDEX_BITS);
// The substreams, one behind the other; behind them one that lies about its length may be read on for as long as one can be.
export const CODED: u32 = SINGLES + (4 << INDEX_BITS);
export const CODED_BYTES: u32 = 4 * SUBSTREAM_BYTES;
// The symbols, of up to two bytes. Nothing is written but these.
export const SYMBOLS: u32 = CODED + CODED_BYTES + SUBSTREAM_BYTES + 64;
export const END: u32 = SYMBOLS + 2 * CHUNK_SYMBOLS + 64;

const PLANTED: u64 = 1 << 63;

const MASK: u32 = (1 << INDEX_BITS) - 1;

/** Bits of a window that are used before its first look-up. */
const USED_BITS: u32 = 2;

/** Four look-ups give at most three bytes each, and the last one stores four. */
const ROUND_BYTES: u32 = 12;
const BYTES_BEHIND: u32 = 1;

/** The entry for the next bits of a window: see multi-symbol-table.ts. A shift by it is one by its low six bits, its length. */
// @ts-ignore: decorator
@inline function entryOf(window: u64): u32 {
  return load<u32>(<u32>window & (MASK << USED_BITS), TABLE);
}

/** The window whose lowest bit is `bit` of the memory. */
// @ts-ignore: decorator
@inline function windowAt(bit: u32): u64 {
  return (load<u64>(bit >> 3) | PLANTED) >> <u64>(bit & 7);
}

/** The lowest bit of a window that began at `bit` and was shifted since. */
// @ts-ignore: decorator
@inline function bitOf(bit: u32, window: u64): u32 {
  return (bit & ~7) + <u32>clz(window);
}

/** The lowest bit of the first window of a substream at `at`. */
// @ts-ignore: decorator
@inline function firstBit(at: u32): u32 {
  return (at << 3) - USED_BITS;
}

// @ts-ignore: decorator
@inline function put(out: u32, entry: u32): u32 {
  store<u32>(out, entry >> 6);
  return out + (entry >> 30);
}

/** Rounds that a substream can take without writing behind its end, whatever its bits are. */
// @ts-ignore: decorator
@inline function roundsOf(out: u32, end: u32): u32 {
  return end - out <= BYTES_BEHIND ? 0 : (end - out - BYTES_BEHIND) / ROUND_BYTES;
}

/**
 * Decodes a chunk of `count` symbols whose substreams stand at CODED and have s0, s1, s2 and s3 bytes.
 *
 * Each look-up gives a symbol at least, and no substream writes behind its own symbols; so no substream is read further than 12
 * bits a symbol and a window behind its start. What the bits and the sizes say makes no difference to that.
 *
 * @returns bits of all code words, or -1 if a substream does not end where its symbols do, or has a padding bit that is 1
 */
export function decodeChunk(symbolBytes: u32, count: u32, s0: u32, s1: u32, s2: u32, s3: u32): i32 {
  const quarter = (count + 3) / 4 * symbolBytes;
  const end = SYMBOLS + count * symbolBytes;
  let o0: u32 = SYMBOLS, o1 = min(end, o0 + quarter), o2 = min(end, o1 + quarter), o3 = min(end, o2 + quarter);
  const e0 = o1, e1 = o2, e2 = o3;
  const f0 = CODED + s0, f1 = f0 + s1, f2 = f1 + s2, f3 = f2 + s3;
  let b0 = firstBit(CODED), b1 = firstBit(f0), b2 = firstBit(f1), b3 = firstBit(f2);
  for (;;) {
    let rounds = min(min(roundsOf(o0, e0), roundsOf(o1, e1)), min(roundsOf(o2, e2), roundsOf(o3, end)));
    if (rounds == 0) break;
    do {
      let w0 = windowAt(b0), w1 = windowAt(b1), w2 = windowAt(b2), w3 = windowAt(b3);
      let entry: u32 = 0;
      entry = entryOf(w0); o0 = put(o0, entry); w0 >>= <u64>entry;
      entry = entryOf(w1); o1 = put(o1, entry); w1 >>= <u64>entry;
      entry = entryOf(w2); o2 = put(o2, entry); w2 >>= <u64>entry;
      entry = entryOf(w3); o3 = put(o3, entry); w3 >>= <u64>entry;
      entry = entryOf(w0); o0 = put(o0, entry); w0 >>= <u64>entry;
      entry = entryOf(w1); o1 = put(o1, entry); w1 >>= <u64>entry;
      entry = entryOf(w2); o2 = put(o2, entry); w2 >>= <u64>entry;
      entry = entryOf(w3); o3 = put(o3, entry); w3 >>= <u64>entry;
      entry = entryOf(w0); o0 = put(o0, entry); w0 >>= <u64>entry;
      entry = entryOf(w1); o1 = put(o1, entry); w1 >>= <u64>entry;
      entry = entryOf(w2); o2 = put(o2, entry); w2 >>= <u64>entry;
      entry = entryOf(w3); o3 = put(o3, entry); w3 >>= <u64>entry;
      entry = entryOf(w0); o0 = put(o0, entry); w0 >>= <u64>entry;
      entry = entryOf(w1); o1 = put(o1, entry); w1 >>= <u64>entry;
      entry = entryOf(w2); o2 = put(o2, entry); w2 >>= <u64>entry;
      entry = entryOf(w3); o3 = put(o3, entry); w3 >>= <u64>entry;
      b0 = bitOf(b0, w0), b1 = bitOf(b1, w1), b2 = bitOf(b2, w2), b3 = bitOf(b3, w3);
    } while (--rounds);
  }
  const r0 = finish(symbolBytes, b0, f0, o0, e0);
  const r1 = finish(symbolBytes, b1, f1, o1, e1);
  const r2 = finish(symbolBytes, b2, f2, o2, e2);
  const r3 = finish(symbolBytes, b3, f3, o3, end);
  return min(min(r0, r1), min(r2, r3)) < 0 ? -1 : 8 * (f3 - CODED) - (r0 + r1 + r2 + r3);
}

/**
 * Decodes what is left of one substream, most of it where its symbols took more bits than those of the others.
 *
 * @returns its padding bits, or -1 if its bytes do not end there or one of them is 1
 */
function finish(symbolBytes: u32, bit: u32, stop: u32, out: u32, end: u32): i32 {
  for (let rounds = roundsOf(out, end); rounds > 0; rounds = roundsOf(out, end)) {
    let window = windowAt(bit);
    for (let lookUp = 0; lookUp < 4; lookUp++) {
      const entry = entryOf(window);
      out = put(out, entry);
      window >>= <u64>entry;
      bit += entry & 63;
    }
  }
  bit += USED_BITS;
  while (out < end) {
    const single = load<u32>((<u32>windowAt(bit) & MASK) << 2, SINGLES);
    if (symbolBytes == 1) store<u8>(out, <u8>(single >> 5));
    else store<u16>(out, <u16>(single >> 5));
    out += symbolBytes;
    bit += single & 31;
  }
  const padding = (stop << 3) - bit;
  if (padding > 7) return -1;
  return padding == 0 || load<u8>(stop - 1) >> <u8>(8 - padding) == 0 ? padding : -1;
}
