// Encodes a chunk (docs/format.md, "Chunks"): its four substreams one after the other, since side by side they would want more
// registers than there are.
//
// Up to 7 bits wait in a window of 64, and are had back from the byte where they were stored: that takes less than to shift the
// window. Code words have at most 12 bits, so those of four symbols always fit behind them, and those of eight do as a rule.

import { CODED, CODES, HEADER_BYTES, PAIRS, SYMBOLS } from "./encode-memory";

/** An entry is code word << 7 | its length: a shift by it is one by its low six bits, and the lengths of four pairs add up in seven. */
const LENGTH_BITS: u32 = 7;
const LENGTH_MASK: u32 = (1 << LENGTH_BITS) - 1;

/** Makes PAIRS, by first symbol | second symbol << 8, of CODES. Pairs with symbols that do not occur are not looked up. */
export function buildPairs(alphabet: u32): void {
  let low: u32 = 0;
  while (low < alphabet && !load<u32>(low << 2, CODES)) low++;
  while (alphabet > low && !load<u32>((alphabet - 1) << 2, CODES)) alphabet--;
  for (let second = low; second < alphabet; second++) {
    const after = load<u32>(second << 2, CODES);
    if (!after) continue;
    for (let first = low; first < alphabet; first++) {
      const before = load<u32>(first << 2, CODES);
      const words = (before & ~LENGTH_MASK) | ((after & ~LENGTH_MASK) << (before & LENGTH_MASK));
      store<u32>((first | (second << 8)) << 2, words | ((before & LENGTH_MASK) + (after & LENGTH_MASK)), PAIRS);
    }
  }
}

// @ts-ignore: decorator
@inline function wordOf(entry: u32): u64 {
  return <u64>(entry >> LENGTH_BITS);
}

// @ts-ignore: decorator
@inline function lengthOf(entry: u32): u64 {
  return <u64>(entry & LENGTH_MASK);
}

// @ts-ignore: decorator
@inline function pairAt(at: u32): u32 {
  return load<u32>(<u32>load<u16>(at) << 2, PAIRS);
}

/**
 * Writes the substreams of a chunk of `count` symbols of one byte or two, and the header before them, to CODED. It has the room:
 * each of the 65,536 symbols takes 12 bits at most, and 8 bytes are stored where the next bit goes. Pairs are of symbols of a
 * byte only; two bytes have their code words at PAIRS.
 *
 * @returns bytes of the chunk
 */
export function encodeChunk(symbolBytes: u32, count: u32): u32 {
  const quarter = (count + 3) / 4 * symbolBytes;
  const last = SYMBOLS + count * symbolBytes;
  let out: u32 = CODED + HEADER_BYTES;
  let at: u32 = SYMBOLS;
  for (let substream: u32 = 0; substream < 4; substream++) {
    const start = out;
    const end = min(last, at + quarter);
    let window: u64 = 0;
    let bits: u64 = 0;
    if (symbolBytes == 1) {
      let first: u32, second: u32, third: u32, fourth: u32, front: u64, after: u64;
      while (at + 16 <= end) {
        first = pairAt(at), second = pairAt(at + 2), third = pairAt(at + 4), fourth = pairAt(at + 6);
        front = wordOf(first) | (wordOf(second) << <u64>first);
        after = bits + lengthOf(first + second + third + fourth);
        if (after < 64) {
          window |= (front | ((wordOf(third) | (wordOf(fourth) << <u64>third)) << <u64>(first + second))) << bits;
          bits = after;
          at += 8;
        } else {
          window |= front << bits;
          bits += lengthOf(first + second);
          at += 4;
        }
        store<u64>(out, window);
        out += <u32>(bits >> 3);
        window = load<u8>(out);
        bits &= 7;

        first = pairAt(at), second = pairAt(at + 2), third = pairAt(at + 4), fourth = pairAt(at + 6);
        front = wordOf(first) | (wordOf(second) << <u64>first);
        after = bits + lengthOf(first + second + third + fourth);
        if (after < 64) {
          window |= (front | ((wordOf(third) | (wordOf(fourth) << <u64>third)) << <u64>(first + second))) << bits;
          bits = after;
          at += 8;
        } else {
          window |= front << bits;
          bits += lengthOf(first + second);
          at += 4;
        }
        store<u64>(out, window);
        out += <u32>(bits >> 3);
        window = load<u8>(out);
        bits &= 7;
      }
    }
    while (at < end) {
      const entry = symbolBytes == 1 ? load<u32>(<u32>load<u8>(at) << 2, CODES) : pairAt(at);
      window |= wordOf(entry) << bits;
      bits += lengthOf(entry);
      at += symbolBytes;
      store<u64>(out, window);
      out += <u32>(bits >> 3);
      window = load<u8>(out);
      bits &= 7;
    }
    out += u32(bits > 0);
    // The bytes of the first three substreams stand in the header.
    if (substream < 3) store<u16>(CODED + 2 * substream, <u16>(out - start));
  }
  return out - CODED;
}
