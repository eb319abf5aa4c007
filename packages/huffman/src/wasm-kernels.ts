import { wasmModule } from "@deep-compression/bits";
import { CHUNK_HEADER_BYTES } from "./chunk-layout";
import type { ChunkDecoder, Kernels } from "./kernels";
import { kernelsBase64 } from "./kernels.generated";
import { plainKernels } from "./plain-kernels";
import { prefixDecoder } from "./prefix-decoder";
import { SHORT_CODE_LENGTH } from "./stream-code";

/** What assembly/kernels.ts exports: the memory, addresses in it, and functions of numbers. */
type Exported = WebAssembly.Memory & WebAssembly.Global<"i32"> & ((...numbers: number[]) => number);

/** The table of a code of at most 11 bits is of 11 bits: then five look-ups fit in a window. */
const TABLE_BITS = 11;

export function wasmKernels(): Kernels | undefined {
  const module = wasmModule(kernelsBase64);
  if (module === undefined) return undefined;
  const exports = new WebAssembly.Instance(module).exports as Record<string, Exported>;
  const { buildTable, decodeChunk } = exports;
  const memory = new Uint8Array(exports.memory.buffer);
  const TABLE = exports.TABLE.value;
  const SINGLES = exports.SINGLES.value;
  const CODED = exports.CODED.value;
  const CODED_BYTES = exports.CODED_BYTES.value;
  const SYMBOLS = exports.SYMBOLS.value;
  let current: ChunkDecoder | undefined;

  function chunkDecoder(lengths: Uint8Array): ChunkDecoder {
    const careful = plainKernels.chunkDecoder(lengths);
    const { tableBits: longest } = prefixDecoder(lengths);
    if (lengths.some((length) => length > SHORT_CODE_LENGTH)) return careful;
    const bits = Math.max(longest, TABLE_BITS);
    const { table } = prefixDecoder(lengths, bits);
    const singles = new Uint32Array(memory.buffer, SINGLES, table.length);
    singles.set(table);
    current = undefined;
    const symbolBytes = lengths.length <= 256 ? 1 : 2;
    buildTable(bits, 8 * symbolBytes);
    const tables = memory.slice(TABLE, SINGLES + 4 * table.length);

    const decode: ChunkDecoder = (chunk, target) => {
      if (chunk.length < CHUNK_HEADER_BYTES || chunk.length > CHUNK_HEADER_BYTES + CODED_BYTES)
        return careful(chunk, target);
      const { symbols } = target;
      const s0 = chunk[0] | (chunk[1] << 8);
      const s1 = chunk[2] | (chunk[3] << 8);
      const s2 = chunk[4] | (chunk[5] << 8);
      const s3 = chunk.length - CHUNK_HEADER_BYTES - s0 - s1 - s2;
      if (s3 < 0) return careful(chunk, target);
      if (current !== decode) memory.set(tables, TABLE);
      current = decode;
      memory.set(chunk.subarray(CHUNK_HEADER_BYTES), CODED);
      const coded = decodeChunk(bits, symbolBytes, symbols.length, s0, s1, s2, s3);
      if (coded < 0) return careful(chunk, target);
      symbols.set(
        symbolBytes === 1
          ? memory.subarray(SYMBOLS, SYMBOLS + symbols.length)
          : new Uint16Array(memory.buffer, SYMBOLS, symbols.length),
      );
      return coded;
    };
    return decode;
  }
  return { ...plainKernels, chunkDecoder };
}
