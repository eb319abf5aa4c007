// The memory of counting and encoding, in bytes. Each loop says why it writes no more than the areas that it is for.

import { CHUNK_SYMBOLS, STREAM_BYTES } from "./chunk";

/** By symbol of a byte, and by pair of them or by symbol of two bytes: code | length << 24. */
export const CODES: u32 = 1024;
export const PAIRS: u32 = CODES + 4 * 256;

/** Counts of four streams: of bytes, or of alphabets of up to 1,024 and a place for symbols outside. */
export const COUNTS: u32 = PAIRS + 4 * 65536;

/** Counts of pairs of symbols below 64 in four streams, of two bytes: first symbol | second symbol << 8. Zeros between calls. */
export const PAIR_COUNTS: u32 = COUNTS + 4 * 4 * 1025;
export const PAIR_ROOM: u32 = 2 * 64 * 256;

/** The streams, each at its own place; a word may be stored at its end. */
export const CODED: u32 = PAIR_COUNTS + 4 * PAIR_ROOM;
export const STREAM_ROOM: u32 = STREAM_BYTES + 8;

/** The symbols of a chunk, of up to two bytes. */
export const SYMBOLS: u32 = CODED + 4 * STREAM_ROOM;
export const END: u32 = SYMBOLS + 2 * CHUNK_SYMBOLS;
