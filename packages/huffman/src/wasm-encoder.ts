import type { Codes } from "@deep-compression/bits";
import { kernelChoice, type WasmInstance } from "@deep-compression/runtime";
import type { ChunkEncoder } from "./chunk-encoder";
import { KERNELS_HEX } from "./encode-kernels.generated";
import { PLAIN_ENCODER } from "./plain-encoder";
import { longestCode } from "./prefix-decoder";
import type { PrefixEncoder } from "./prefix-encoder";
import { SHORT_CODE_LENGTH } from "./stream-code";

/** Most symbols of two bytes that are counted: alphabets of up to 1,024 and what is outside. */
const MAX_SIZE = 1025;

/** Bits of an entry of the kernel's tables that hold the length of a code; the code stands above them. */
const LENGTH_BITS = 7;

export const chunkEncoder = /* @__PURE__ */ kernelChoice<ChunkEncoder>(KERNELS_HEX, wasmEncoder, PLAIN_ENCODER);

/** An encoder in WebAssembly, on one small memory into which chunks are copied. */
function wasmEncoder({ functions, memory, at }: WasmInstance): ChunkEncoder {
  let loaded: { readonly encoder: PrefixEncoder; readonly bytes: boolean; readonly short: boolean } | undefined;

  function loadSymbols(chunk: Codes): void {
    if (chunk instanceof Uint8Array) memory.set(chunk, at.SYMBOLS);
    else new Uint16Array(memory.buffer, at.SYMBOLS, chunk.length).set(chunk);
  }
  /** Whether the kernel has room for the codes. */
  function loadCodes(encoder: PrefixEncoder, bytes: boolean): boolean {
    if (loaded?.encoder === encoder && loaded.bytes === bytes) return loaded.short;
    const short = longestCode(encoder.lengths) <= SHORT_CODE_LENGTH;
    loaded = { encoder, bytes, short };
    if (!short) return false;
    const present = bytes ? encoder.codes.subarray(0, 256) : encoder.codes;
    const codes = present.map((code, symbol) => (code << LENGTH_BITS) | encoder.lengths[symbol]);
    new Uint32Array(memory.buffer, bytes ? at.CODES : at.PAIRS, codes.length).set(codes);
    if (bytes) functions.buildPairs(codes.length);
    return true;
  }

  return {
    countChunk(chunk, size) {
      if (size > MAX_SIZE) return PLAIN_ENCODER.countChunk(chunk, size);
      loadSymbols(chunk);
      if (chunk instanceof Uint8Array) functions.countBytes(chunk.length);
      else functions.countWords(chunk.length, size);
      return new Uint32Array(memory.buffer, at.COUNTS, size);
    },
    encodeChunk(encoder, chunk, target) {
      const bytes = chunk instanceof Uint8Array;
      if (!loadCodes(encoder, bytes)) return PLAIN_ENCODER.encodeChunk(encoder, chunk, target);
      loadSymbols(chunk);
      const size = bytes ? functions.encodeBytes(chunk.length) : functions.encodeWords(chunk.length);
      target.set(memory.subarray(at.CODED, at.CODED + size));
      return size;
    },
  };
}
