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
  const entries = new Int32Array(1 << indexBits);
  for (let index = 0; index < entries.length; index++) {
    let entry = 0;
    let used = 0;
    let bytes = 0;
    while (bytes + symbolBytes <= ENTRY_BYTES) {
      const single = singles.table[index >>> used];
      if (used + (single & 31) > indexBits) break;
      entry |= (single >>> 5) << (8 * bytes + 6);
      used += single & 31;
      bytes += symbolBytes;
    }
    entries[index] = entry | (bytes << 30) | used;
  }
  return { entries, symbolBytes, singles };
}
