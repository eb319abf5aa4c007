import type { Codes } from "@deep-compression/bits";
import { kernelChoice } from "@deep-compression/runtime";
import { longestCodeWord } from "./canonical-codes";
import type { ChunkDecoder, ChunkDecoders, CodedChunk } from "./chunk-kernels";
import { KERNELS_TEXT } from "./decode-kernels.generated";
import { INDEX_BITS, multiSymbolTable } from "./multi-symbol-table";
import { plainDecoder } from "./plain-decoder";

/** What assembly/decode-kernels.ts exports: its function, and where in its memory things lie. */
type DecodeExports = Readonly<Record<"TABLE" | "CODED" | "CODED_BYTES" | "SYMBOLS", WebAssembly.Global<"i32">>> & {
  readonly memory: WebAssembly.Memory;
  readonly decodeChunk: (symbolBytes: number, symbols: number, ...sizes: number[]) => number;
};

export const chunkDecoders = /* @__PURE__ */ kernelChoice(KERNELS_TEXT, wasmDecoders, plainDecoder);

/** Decoders of chunks in WebAssembly, on one small memory into which chunks are copied. */
function wasmDecoders(kernels: DecodeExports): ChunkDecoders {
  const memory = new Uint8Array(kernels.memory.buffer);
  let loaded: ChunkDecoder | undefined;

  return (lengths) => {
    if (longestCodeWord(lengths) > INDEX_BITS) return plainDecoder(lengths);
    const { entries, singles, symbolBytes } = multiSymbolTable(lengths);

    function decode(chunk: CodedChunk, symbols: Codes): number {
      const { bytes, sizes } = chunk;
      let bits = -1;
      if (bytes.length <= kernels.CODED_BYTES.value) {
        if (loaded !== decode) load();
        memory.set(bytes, kernels.CODED.value);
        bits = kernels.decodeChunk(symbolBytes, symbols.length, ...sizes);
      }
      // What the kernel refuses is decoded again, so that errors are those of the plain decoder.
      if (bits < 0) return plainDecoder(lengths)(chunk, symbols);
      const Symbols = symbolBytes === 1 ? Uint8Array : Uint16Array;
      symbols.set(new Symbols(memory.buffer, kernels.SYMBOLS.value, symbols.length));
      return bits;
    }
    function load(): void {
      const tables = new Int32Array(memory.buffer, kernels.TABLE.value);
      tables.set(entries);
      tables.set(singles.table, entries.length);
      loaded = decode;
    }
    return decode;
  };
}
