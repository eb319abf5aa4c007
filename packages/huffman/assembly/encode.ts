// Encodes a chunk (docs/format.md, "Chunks"): its four substreams one after the other. Little waits for what came before, so side by
// side, which takes more registers than there are, they take a sixth longer (measured).
//
// Code words are stored 8 bytes at a time behind the bits of the byte begun, which is had back from memory: all that there is to
// keep is the bit where the next one goes. They have at most 12 bits, so those of two pairs of symbols always fit, and those of
// four pairs do as a rule.

import { CODED, CODES, HEADER_BYTES, PAIRS, SYMBOLS } from "./encode-memory";

/** An entry is code word << 7 | its length: a shift by it is one by its low six bits, and the lengths of four pairs add up in seven. */
const LENGTH_BITS: u32 = 7;
const LENGTH_MASK: u32 = (1 << LENGTH_BITS) - 1;

/** So many bits fit in 8 bytes behind those of a byte begun, and leave the byte where the next bit goes zero above it. */
const MOST_BITS: u32 = 56;

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
@inline function entryAt(at: u32): u32 {
  return load<u32>(<u32>load<u16>(at) << 2, PAIRS);
}

/** Stores words of at most MOST_BITS bits from bit `to` on. */
// @ts-ignore: decorator
@inline function storeWords(to: u32, words: u64): void {
  const byte = to >> 3;
  store<u64>(byte, <u64>load<u8>(byte) | (words << <u64>(to & 7)));
}

/** Writes the code words of four entries, by the eight bytes at `at`, from bit `to` on. Gives the bit behind them. */
// @ts-ignore: decorator
@inline function encodeFour(at: u32, to: u32): u32 {
  const first = entryAt(at), second = entryAt(at + 2), third = entryAt(at + 4), fourth = entryAt(at + 6);
  const before = first + second;
  const length = (before + third + fourth) & LENGTH_MASK;
  const front = wordOf(first) | (wordOf(second) << <u64>first);
  const back = wordOf(third) | (wordOf(fourth) << <u64>third);
  if (length <= MOST_BITS) {
    storeWords(to, front | (back << <u64>before));
  } else {
    storeWords(to, front);
    storeWords(to + (before & LENGTH_MASK), back);
  }
  return to + length;
}

/** Writes the code words of the symbols from `at` to `end` to the byte `out` and those behind it. Gives the byte behind them. */
function encodeSubstream(symbolBytes: u32, at: u32, end: u32, out: u32): u32 {
  store<u8>(out, 0);
  let to = 8 * out;
  for (; at + 32 <= end; at += 32) {
    to = encodeFour(at, to);
    to = encodeFour(at + 8, to);
    to = encodeFour(at + 16, to);
    to = encodeFour(at + 24, to);
  }
  for (; at < end; at += symbolBytes) {
    const entry = symbolBytes == 1 ? load<u32>(<u32>load<u8>(at) << 2, CODES) : entryAt(at);
    storeWords(to, wordOf(entry));
    to += entry & LENGTH_MASK;
  }
  return (to + 7) >> 3;
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
  let at: u32 = SYMBOLS;
  let out: u32 = CODED + HEADER_BYTES;
  for (let substream: u32 = 0; substream < 4; substream++) {
    const start = out;
    const end = min(last, at + quarter);
    out = encodeSubstream(symbolBytes, at, end, start);
    at = end;
    // The bytes of the first three substreams stand in the header.
    if (substream < 3) store<u16>(CODED + 2 * substream, <u16>(out - start));
  }
  return out - CODED;
}
