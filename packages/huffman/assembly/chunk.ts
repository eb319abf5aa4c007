// A chunk of four substreams, docs/format.md, "Chunks".

/** Code words of at most this many bits. */
export const MAX_BITS: u32 = 12;

const SUBSTREAM_SYMBOLS: u32 = 16384;
export const CHUNK_SYMBOLS: u32 = 4 * SUBSTREAM_SYMBOLS;

/** Bytes that the code words of a substream take at most. */
export const SUBSTREAM_BYTES: u32 = SUBSTREAM_SYMBOLS * MAX_BITS / 8;
