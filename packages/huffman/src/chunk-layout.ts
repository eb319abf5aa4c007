import type { Codes } from "@deep-compression/bits";

/** Symbols in a chunk, and the most of a Huffman stream without chunks. */
export const CHUNK_SYMBOLS = 65536;

/** Substreams of a chunk, so that a decoder can work on four at once. */
export const SUBSTREAMS = 4;

/** The byte lengths of a chunk's first three substreams, two bytes each: 16,384 code words of 20 bits take 40,960 bytes. */
export const CHUNK_HEADER_BYTES = 2 * (SUBSTREAMS - 1);

/** Bits of padding in a chunk, at most. */
export const CHUNK_PADDING_BITS = 7 * SUBSTREAMS;

/** Most code-length tables of a stream. */
export const MAX_TABLES = 256;

/** Chunks that `count` symbols take. */
export function chunksOf(count: number): number {
  return Math.ceil(count / CHUNK_SYMBOLS);
}

/** The symbols of one chunk, a view. */
export function chunkSymbols(symbols: Codes, chunk: number): Codes {
  return symbols.subarray(chunk * CHUNK_SYMBOLS, (chunk + 1) * CHUNK_SYMBOLS);
}

/**
 * Views of the symbols of a chunk's four substreams, in order: as many each as a quarter of the chunk, rounded up, as long
 * as there are symbols (docs/format.md, "Chunks").
 */
export function substreamSymbols(chunk: Codes): Codes[] {
  const quarter = Math.ceil(chunk.length / SUBSTREAMS);
  return Array.from({ length: SUBSTREAMS }, (_, s) => chunk.subarray(s * quarter, (s + 1) * quarter));
}
