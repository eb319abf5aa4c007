import { type PrefixDecoder, prefixDecoder } from "./prefix-decoder";

/** Longest code word in a table. */
export const TABLE_CODE_LENGTH = 12;

/** Bits that index a table: so many that the window of a decoder, of 32 bits or of 64, holds two or four of them. */
export const PLAIN_INDEX_BITS = 12;
export const WASM_INDEX_BITS = 13;

/** Bytes of symbols in an entry. */
const ENTRY_BYTES = 3;

/** Look-ups of several symbols at once. */
export interface MultiSymbolTable {
  /** By the next bits: the bits of the code words | the symbols << 6 | bytes of the symbols << 30. */
  readonly entries: Int32Array;
  readonly symbolBytes: number;
  /** One symbol at a time, by as many bits. */
  readonly singles: PrefixDecoder;
}

/**
 * The table of a prefix code. An entry has as many symbols as have their whole code words in the index: three of a byte at
 * most, or one of two.
 *
 * @param lengths of a complete prefix code, 12 bits at most
 */
export function multiSymbolTable(lengths: Uint8Array, indexBits: number): MultiSymbolTable {
  const symbolBytes = lengths.length <= 256 ? 1 : 2;
  const singles = prefixDecoder(lengths, indexBits);
  const { table, numbers } = singles;
  // What may follow a first symbol depends on how many bits that leaves, so it is found once for each length.
  const tails = new Int32Array(1 << indexBits);
  const starts = new Int32Array(numbers.length);
  let end = 0;
  for (let length = 1; length < numbers.length; length++) {
    if (numbers[length] === 0) continue;
    starts[length] = end;
    const bits = indexBits - length;
    for (let index = 0; index < 1 << bits; index++) tails[end++] = tailOf(table, index, bits, symbolBytes);
  }
  const entries = new Int32Array(1 << indexBits);
  for (let index = 0; index < entries.length; index++) {
    const single = table[index];
    const length = single & 31;
    const tail = tails[starts[length] + (index >>> length)];
    entries[index] = (length | ((single >>> 5) << 6) | (symbolBytes << 30)) + tail;
  }
  return { entries, symbolBytes, singles };
}

/** What the symbols behind a first one add to an entry, if `bits` bits are left of the index. */
function tailOf(table: Uint32Array, index: number, bits: number, symbolBytes: number): number {
  let tail = 0;
  let used = 0;
  for (let bytes = symbolBytes; bytes + symbolBytes <= ENTRY_BYTES; bytes += symbolBytes) {
    const single = table[index >>> used];
    if (used + (single & 31) > bits) break;
    tail = (tail + ((symbolBytes << 30) | ((single >>> 5) << (8 * bytes + 6)))) | 0;
    used += single & 31;
  }
  return tail | used;
}
