import { type Codes, wasmModule } from "@deep-compression/bits";
import type { ChunkDecoder, ChunkDecoders, CodedChunk } from "./chunk-decoder";
import { kernelsHex } from "./decode-kernels.generated";
import { instanceOf } from "./kernels";
import { plainDecoder } from "./plain-decoder";
import { longestCode } from "./prefix-decoder";
import { ROUND_CODE_LENGTH, roundTable, WASM_INDEX_BITS } from "./round-table";

/** Decoders in WebAssembly, on one small memory into which chunks are copied; undefined where there is none. */
export function wasmDecoders(): ChunkDecoders | undefined {
  const module = wasmModule(kernelsHex);
  if (module === undefined) return undefined;
  const { functions, memory, at } = instanceOf(module);
  const { decodeChunk } = functions;
  let loaded: ChunkDecoder | undefined;

  return (lengths) => {
    if (longestCode(lengths) > ROUND_CODE_LENGTH) return plainDecoder(lengths);
    const { entries, singles, symbolBytes } = roundTable(lengths, WASM_INDEX_BITS);

    function load(): void {
      new Int32Array(memory.buffer, at.TABLE, entries.length).set(entries);
      new Uint32Array(memory.buffer, at.SINGLES, singles.table.length).set(singles.table);
      loaded = decode;
    }
    function decode(chunk: CodedChunk, symbols: Codes): number {
      const { bytes, sizes } = chunk;
      const bits = bytes.length > at.CODED_BYTES ? -1 : decodeWithin(bytes, sizes, symbols.length);
      // What the kernel refuses is decoded again, so that errors are those of the plain decoder.
      if (bits < 0) return plainDecoder(lengths)(chunk, symbols);
      if (symbolBytes === 1) symbols.set(memory.subarray(at.SYMBOLS, at.SYMBOLS + symbols.length));
      else symbols.set(new Uint16Array(memory.buffer, at.SYMBOLS, symbols.length));
      return bits;
    }
    function decodeWithin(bytes: Uint8Array, sizes: ArrayLike<number>, count: number): number {
      if (loaded !== decode) load();
      memory.set(bytes, at.CODED);
      return decodeChunk(symbolBytes, count, sizes[0], sizes[1], sizes[2], sizes[3]);
    }
    return decode;
  };
}
