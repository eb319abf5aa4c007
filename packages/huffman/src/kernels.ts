import type { Codes } from "@deep-compression/bits";
import { plainKernels } from "./plain-kernels";
import type { PrefixEncoder } from "./prefix-encoder";
import { wasmKernels } from "./wasm-kernels";

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

/** The loops over symbols, once in WebAssembly and once in TypeScript. */
export interface Kernels {
  /**
   * How often each symbol occurs in the four streams of a chunk: four rows of `stride` counts, valid until the next call.
   * A symbol of `stride` or more counts as `stride - 1`.
   */
  countStreams(chunk: Codes, stride: number): Uint32Array;
  /** Writes the streams of a chunk, which take `sizes` bytes, to bytes that are zeros. */
  encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Pick<CodedChunk, "bytes" | "sizes">): void;
  /** A decoder for chunks of this code. */
  chunkDecoder(lengths: Uint8Array): ChunkDecoder;
}

export type KernelName = "wasm" | "plain";

const wasm = memoized(wasmKernels);

/** The kernels of this name; by default those in WebAssembly, where there is any. */
export function kernelsNamed(name: KernelName | undefined): Kernels {
  return (name !== "plain" && wasm()) || plainKernels;
}

function memoized<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
