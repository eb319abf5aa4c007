// The layout of the memory, in bytes. Each kernel says at its loop why it touches no more than the areas that it is for.

/** Codes of at most this many bits. */
export const MAX_BITS: u32 = 12;

/** Symbols of a stream, and of a chunk: docs/format.md, "Chunks". */
const STREAM_SYMBOLS: u32 = 16384;
const CHUNK_SYMBOLS: u32 = 4 * STREAM_SYMBOLS;

/** Bytes that the codes of a stream take at most. */
const STREAM_BYTES: u32 = STREAM_SYMBOLS * MAX_BITS / 8;

/** Room for a stream that is made: a word may be stored at its end. */
export const STREAM_ROOM: u32 = STREAM_BYTES + 8;

/** To decode, by the next 12 bits: as in round-table.ts; and the first symbol << 5 | the length of its code. */
export const TABLE: u32 = 1024;
export const SINGLES: u32 = TABLE + (4 << MAX_BITS);

/** To encode, by symbol, or by pair of symbols of a byte: code | length << 24. */
export const CODES: u32 = SINGLES + (4 << MAX_BITS);
export const PAIRS: u32 = CODES + 4 * 1024;

/** Counts of four streams, of alphabets of up to 1,024, and a place for symbols outside. */
export const COUNTS: u32 = PAIRS + 4 * 65536;

/**
 * The four streams of a chunk: one behind the other when they are decoded, each at its own place when they are made. Behind
 * them a stream that lies about its length may be read on for as long as a stream can be, so there is room for it.
 */
export const CODED: u32 = COUNTS + 4 * 4 * 1025;
export const CODED_BYTES: u32 = 4 * STREAM_BYTES;

/** The symbols of a chunk, of up to two bytes. */
export const SYMBOLS: u32 = CODED + CODED_BYTES + STREAM_BYTES + 64;
export const END: u32 = SYMBOLS + 2 * CHUNK_SYMBOLS + 64;
