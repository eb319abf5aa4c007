import type { Codes } from "@deep-compression/bits";

/** Symbols in a chunk, and the most of a Huffman stream without chunks. */
export const CHUNK_SYMBOLS = 65536;

/** Bit streams in a chunk, so that a decoder can work on four at once. */
export const CHUNK_STREAMS = 4;

/** The byte lengths of a chunk's first three streams, two bytes each: 16,384 codes of 20 bits take 40,960 bytes. */
export const CHUNK_HEADER_BYTES = 2 * (CHUNK_STREAMS - 1);

/** Bits of padding in a chunk, at most. */
export const CHUNK_PADDING_BITS = 7 * CHUNK_STREAMS;

/** Most codes of a stream. */
export const MAX_CODES = 256;

/** Chunks that `count` symbols take. */
export function chunksOf(count: number): number {
  return Math.ceil(count / CHUNK_SYMBOLS);
}

/** The symbols of one chunk, a view. */
export function chunkSymbols(symbols: Codes, chunk: number): Codes {
  return symbols.subarray(chunk * CHUNK_SYMBOLS, (chunk + 1) * CHUNK_SYMBOLS);
}

/**
 * Views of the symbols of a chunk's four streams, in order: as many each as a quarter of the chunk, rounded up, as long
 * as there are symbols (docs/format.md, "Chunks").
 */
export function streamSymbols(chunk: Codes): Codes[] {
  const share = Math.ceil(chunk.length / CHUNK_STREAMS);
  return Array.from({ length: CHUNK_STREAMS }, (_, stream) => chunk.subarray(stream * share, (stream + 1) * share));
}
