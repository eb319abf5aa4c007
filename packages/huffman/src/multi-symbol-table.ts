import { type PrefixDecoder, prefixDecoder } from "./prefix-decoder";

/** Bits that index a table, and of its longest code word: the window of a decoder, of 32 bits or of 64, holds two or four of them. */
export const INDEX_BITS = 12;

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
export function multiSymbolTable(lengths: Uint8Array): MultiSymbolTable {
  const symbolBytes = lengths.length <= 256 ? 1 : 2;
  const singles = prefixDecoder(lengths, INDEX_BITS);
  const { table } = singles;
  const entries = new Int32Array(1 << INDEX_BITS);
  // Masks, not branches, which no processor would foresee.
  const most = symbolBytes > 1 ? 0 : INDEX_BITS + 1;
  for (let index = 0; index < entries.length; index++) {
    const first = table[index];
    const second = table[index >>> (first & 31)];
    const two = (first & 31) + (second & 31);
    const third = table[index >>> two];
    const three = two + (third & 31);
    const entry = partOf(first, 6, symbolBytes) + (((two - most) >> 31) & partOf(second, 14, 1));
    entries[index] = entry + (((three - most) >> 31) & partOf(third, 22, 1));
  }
  return { entries, symbolBytes, singles };
}

/** What a symbol adds to an entry. */
function partOf(single: number, shift: number, bytes: number): number {
  return (single & 31) | ((single >>> 5) << shift) | (bytes << 30);
}
