// The memory of counting and encoding, in bytes. Each loop says why it writes no more than the areas that it is for.

import { CHUNK_SYMBOLS, SUBSTREAM_BYTES } from "./chunk";

/** By symbol of a byte: code word << 7 | its length; by pair of them, or by symbol of two bytes, the same. */
export const CODES: u32 = 1024;
export const PAIRS: u32 = CODES + 4 * 256;

/** Counts of a chunk: of bytes, in one row or in four, or of an alphabet of up to 1,024 and a place for symbols outside. */
export const COUNTS: u32 = PAIRS + 4 * 65536;

/** Sums of the counts of pairs, of two bytes: by second symbol. */
export const COLUMN_SUMS: u32 = COUNTS + 4 * 4 * 1025;

/**
 * Counts of pairs, of two bytes: by first symbol | lower 7 bits of the second << 8. There are two squares of them, so far from
 * each other that equal pairs do not meet in the same set of a cache. Zeros between calls.
 */
export const PAIR_COUNTS: u32 = COLUMN_SUMS + 2 * 256;
export const PAIR_SQUARE: u32 = 2 * 32768 + 256;

/** A chunk as it is written: header, substreams; a word may be stored at its end. */
export const CODED: u32 = PAIR_COUNTS + 2 * PAIR_SQUARE;
export const HEADER_BYTES: u32 = 6;

/** The places of the counts of pairs, of two bytes, while symbols of a byte are counted. */
export const PLACES: u32 = CODED;

/** The symbols of a chunk, of up to two bytes. */
export const SYMBOLS: u32 = CODED + HEADER_BYTES + 4 * SUBSTREAM_BYTES + 10;
export const END: u32 = SYMBOLS + 2 * CHUNK_SYMBOLS;

