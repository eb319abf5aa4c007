import type { Codes } from "@deep-compression/bits";
import { plainKernels } from "./plain-kernels";
import type { PrefixEncoder } from "./prefix-encoder";
import { wasmKernels } from "./wasm-kernels";

/** The loops over symbols, once in WebAssembly and once in TypeScript. */
export interface Kernels {
  /**
   * How often each symbol occurs in the four streams of a chunk: four rows of `stride` counts, valid until the next call.
   * A symbol of `stride` or more counts as `stride - 1`.
   */
  countStreams(chunk: Codes, stride: number): Uint32Array;
  /** Writes a chunk, whose bytes are zeros before, and whose four streams take `sizes` bytes. */
  encodeChunk(
    encoder: PrefixEncoder,
    chunk: Codes,
    place: { readonly target: Uint8Array; readonly sizes: Uint16Array },
  ): void;
  /** A decoder for chunks of this code. */
  chunkDecoder(lengths: Uint8Array): ChunkDecoder;
}

/**
 * Fills `symbols`, those of one chunk, and returns the bits that their codes take.
 *
 * @throws FormatError
 */
export type ChunkDecoder = (
  chunk: Uint8Array,
  target: { readonly symbols: Codes; readonly baseOffset: number },
) => number;

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
