// The fixed layout of the memory, in bytes. Nothing is ever written outside the area that is named for it: each kernel
// says why at its loop.

/** Codes of at most this many bits. */
export const MAX_BITS: u32 = 12;

/** Symbols of a stream, and of a chunk: docs/format.md, "Chunks". */
const STREAM_SYMBOLS: u32 = 16384;
const CHUNK_SYMBOLS: u32 = 4 * STREAM_SYMBOLS;

/** Bytes that the codes of a stream take at most. */
const STREAM_BYTES: u32 = STREAM_SYMBOLS * MAX_BITS / 8;

/** By the next 11 or 12 bits: length | symbols << 8 | bytes of the symbols << 56. */
export const TABLE: u32 = 1024;

/** By the next 11 or 12 bits: the first symbol << 5 | the length of its code. */
export const SINGLES: u32 = TABLE + (8 << MAX_BITS);

/** The four streams of a chunk. Behind them a stream that lies about its length may be read on, so there is room for it. */
export const CODED: u32 = SINGLES + (4 << MAX_BITS);
export const CODED_BYTES: u32 = 4 * STREAM_BYTES;

/** The symbols of a chunk, of up to two bytes. */
export const SYMBOLS: u32 = CODED + CODED_BYTES + STREAM_BYTES + 64;
export const END: u32 = SYMBOLS + 2 * CHUNK_SYMBOLS + 64;
