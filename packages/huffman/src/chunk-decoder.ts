import type { Codes } from "@deep-compression/bits";

/** The bytes of a chunk's four streams, one behind the other. */
export interface CodedChunk {
  readonly bytes: Uint8Array;
  /** Bytes of each stream. */
  readonly sizes: ArrayLike<number>;
  /** Offset of the first byte, for errors. */
  readonly baseOffset: number;
}

/**
 * Fills `symbols`, those of one chunk, and returns the bits that their codes take.
 *
 * @throws FormatError
 */
export type ChunkDecoder = (chunk: CodedChunk, symbols: Codes) => number;

/** Makes a decoder for the chunks of a code. */
export type ChunkDecoders = (lengths: Uint8Array) => ChunkDecoder;
