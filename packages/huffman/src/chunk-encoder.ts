import type { Codes } from "@deep-compression/bits";
import type { CodedChunk } from "./chunk-decoder";
import { kernelChoice } from "./kernels";
import { plainEncoder } from "./plain-encoder";
import type { PrefixEncoder } from "./prefix-encoder";
import { wasmEncoder } from "./wasm-encoder";

/** Counts and encodes chunks. */
export interface ChunkEncoder {
  /**
   * How often each symbol occurs in the four streams of a chunk: four rows of `stride` counts, valid until the next call.
   * A symbol of `stride` or more counts as `stride - 1`.
   */
  countStreams(chunk: Codes, stride: number): Uint32Array;
  /** Writes the streams of a chunk, which take `sizes` bytes, to bytes that are zeros. */
  encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Pick<CodedChunk, "bytes" | "sizes">): void;
}

export const chunkEncoder = /* @__PURE__ */ kernelChoice<ChunkEncoder>(wasmEncoder, plainEncoder);
