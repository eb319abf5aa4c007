// A chunk of four streams, docs/format.md, "Chunks".

/** Codes of at most this many bits. */
export const MAX_BITS: u32 = 12;

const STREAM_SYMBOLS: u32 = 16384;
export const CHUNK_SYMBOLS: u32 = 4 * STREAM_SYMBOLS;

/** Bytes that the codes of a stream take at most. */
export const STREAM_BYTES: u32 = STREAM_SYMBOLS * MAX_BITS / 8;
