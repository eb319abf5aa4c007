import type { Codes } from "@deep-compression/bits";
import type { PrefixEncoder } from "./prefix-encoder";

/** Counts and encodes chunks. */
export interface ChunkEncoder {
  /**
   * How often each symbol below `size` occurs in a chunk, valid until the next call. Symbols of `size` or more may be
   * counted as `size - 1`, or not at all.
   */
  countChunk(chunk: Codes, size: number): Uint32Array;
  /**
   * Writes a chunk, lengths of substreams and substreams (docs/format.md, "Chunks"), to the front of `target`, which has
   * room for it and may hold anything. Returns its bytes.
   */
  encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Uint8Array): number;
}

/** The bytes of a chunk's four substreams, one behind the other. */
export interface CodedChunk {
  readonly bytes: Uint8Array;
  /** Bytes of each substream. */
  readonly sizes: readonly number[];
  /** Offset of the first byte, for errors. */
  readonly baseOffset: number;
}

/** Fills `symbols`, those of one chunk, and returns the bits that their code words take. @throws FormatError */
export type ChunkDecoder = (chunk: CodedChunk, symbols: Codes) => number;

/** Makes a decoder for the chunks of a prefix code. */
export type ChunkDecoders = (lengths: Uint8Array) => ChunkDecoder;
