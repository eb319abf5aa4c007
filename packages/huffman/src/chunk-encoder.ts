import type { Codes } from "@deep-compression/bits";
import { kernelChoice } from "./kernels";
import { PLAIN_ENCODER } from "./plain-encoder";
import type { PrefixEncoder } from "./prefix-encoder";
import { wasmEncoder } from "./wasm-encoder";

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

export const chunkEncoder = /* @__PURE__ */ kernelChoice<ChunkEncoder>(wasmEncoder, PLAIN_ENCODER);
