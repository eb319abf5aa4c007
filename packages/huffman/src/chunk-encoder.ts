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
   * Writes a chunk, lengths of streams and streams (docs/format.md, "Chunks"), to the front of `target`, which has room
   * for it and may hold anything. Returns its bytes.
   */
  encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Uint8Array): number;
}
