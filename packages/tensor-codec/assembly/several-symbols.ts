// Look-ups of several symbols at once, for planes so long that their tables pay: as in package huffman, assembly/decode.ts.

/** Bits that index a table: with one more, look-ups give few more symbols, and the table takes twice the time and the cache. */
const INDEX_BITS: u32 = 12;
const INDEXES: u32 = 1 << INDEX_BITS;
export const ENTRIES_BYTES: u32 = 4 << INDEX_BITS;

/** A window keeps so many used bits at its bottom that the bits above them are the offset of an entry. */
export const USED_BITS: u32 = 2;
const MASK: u32 = (INDEXES - 1) << USED_BITS;

/** Four look-ups of 12 bits are in a window that was just loaded. They give at most three bytes each, and the last one stores four. */
const ROUND_BYTES: u32 = 12;

/**
 * Makes the entries at `to`: by the next 12 bits the bits of the code words | the symbols << 6 | their number << 30.
 *
 * @param table by the next bits under the mask the symbol << 8 | the code length
 */
export function makeEntries(to: u32, table: u32, mask: u32): void {
  for (let index: u32 = 0; index < INDEXES; index++) {
    const first = singleAt(table, mask, index);
    const one = first & 255;
    const second = singleAt(table, mask, index >> one);
    const two = one + (second & 255);
    const third = singleAt(table, mask, index >> two);
    const three = two + (third & 255);
    let entry = one | ((first >> 8) << 6) | (1 << 30);
    entry = select<u32>(entry + (second & 255) + ((second >> 8) << 14) + (1 << 30), entry, two <= INDEX_BITS);
    entry = select<u32>(entry + (third & 255) + ((third >> 8) << 22) + (1 << 30), entry, three <= INDEX_BITS);
    store<u32>(to + (index << 2), entry);
  }
}

// @ts-ignore: decorator
@inline function singleAt(table: u32, mask: u32, index: u32): u32 {
  return <u32>load<u16>(table + ((index << 1) & mask));
}

/** The entry for the next bits of a window. A shift by it is one by its six lowest bits, its length. */
// @ts-ignore: decorator
@inline export function severalOf(entries: u32, window: u64): u32 {
  return load<u32>(entries + (<u32>window & MASK));
}

// @ts-ignore: decorator
@inline export function put(out: u32, entry: u32): u32 {
  store<u32>(out, entry >> 6);
  return out + (entry >> 30);
}

/** Rounds that a substream can take without writing behind its end, whatever its bits are. */
// @ts-ignore: decorator
@inline export function roundsOf(out: u32, end: u32): u32 {
  return end > out ? (end - out - 1) / ROUND_BYTES : 0;
}
