import type { Codes } from "@deep-compression/bits";
import { kernelChoice } from "@deep-compression/runtime";
import { longestCodeWord } from "./canonical-codes";
import type { ChunkEncoder } from "./chunk-kernels";
import { KERNELS_TEXT } from "./encode-kernels.generated";
import { PLAIN_ENCODER } from "./plain-encoder";
import { SHORT_CODE_LENGTH } from "./prefix-code";
import type { PrefixEncoder } from "./prefix-encoder";

/** Most symbols of two bytes that are counted: alphabets of up to 1,024 and what is outside. */
const MAX_SIZE = 1025;

/** Bits of an entry of the kernel's tables that hold a code length; the code word stands above them. */
const LENGTH_BITS = 7;

/** What assembly/encode-kernels.ts exports: its functions, and where in its memory things lie. */
type EncodeExports = Readonly<Record<"SYMBOLS" | "COUNTS" | "CODES" | "PAIRS" | "CODED", WebAssembly.Global<"i32">>> & {
  readonly memory: WebAssembly.Memory;
  readonly countBytes: (count: number) => void;
  readonly countWords: (count: number, size: number) => void;
  readonly buildPairs: (alphabet: number) => void;
  readonly encodeChunk: (symbolBytes: number, count: number) => number;
};

export const chunkEncoder = /* @__PURE__ */ kernelChoice(KERNELS_TEXT, wasmEncoder, PLAIN_ENCODER);

/** An encoder in WebAssembly, on one small memory into which chunks are copied. */
function wasmEncoder(kernels: EncodeExports): ChunkEncoder {
  const memory = new Uint8Array(kernels.memory.buffer);
  let loaded: { readonly encoder: PrefixEncoder; readonly bytes: boolean; readonly short: boolean } | undefined;

  function loadSymbols(chunk: Codes): void {
    if (chunk instanceof Uint8Array) memory.set(chunk, kernels.SYMBOLS.value);
    else new Uint16Array(memory.buffer, kernels.SYMBOLS.value, chunk.length).set(chunk);
  }
  /** Whether the kernel has room for the code words. */
  function loadCodeWords(encoder: PrefixEncoder, bytes: boolean): boolean {
    if (loaded?.encoder === encoder && loaded.bytes === bytes) return loaded.short;
    const short = longestCodeWord(encoder.lengths) <= SHORT_CODE_LENGTH;
    loaded = { encoder, bytes, short };
    if (!short) return false;
    const words = bytes ? encoder.codeWords.subarray(0, 256) : encoder.codeWords;
    const entries = words.map((word, symbol) => (word << LENGTH_BITS) | encoder.lengths[symbol]!);
    new Uint32Array(memory.buffer, bytes ? kernels.CODES.value : kernels.PAIRS.value, entries.length).set(entries);
    if (bytes) kernels.buildPairs(entries.length);
    return true;
  }

  return {
    countChunk(chunk, size) {
      if (size > MAX_SIZE) return PLAIN_ENCODER.countChunk(chunk, size);
      loadSymbols(chunk);
      if (chunk instanceof Uint8Array) kernels.countBytes(chunk.length);
      else kernels.countWords(chunk.length, size);
      return new Uint32Array(memory.buffer, kernels.COUNTS.value, size);
    },
    encodeChunk(encoder, chunk, target) {
      const bytes = chunk instanceof Uint8Array;
      if (!loadCodeWords(encoder, bytes)) return PLAIN_ENCODER.encodeChunk(encoder, chunk, target);
      loadSymbols(chunk);
      const size = kernels.encodeChunk(chunk.BYTES_PER_ELEMENT, chunk.length);
      target.set(memory.subarray(kernels.CODED.value, kernels.CODED.value + size));
      return size;
    },
  };
}
