import { type Codes, wasmModule } from "@deep-compression/bits";
import { CHUNK_STREAMS } from "./chunk-layout";
import type { ChunkDecoder, CodedChunk, Kernels } from "./kernels";
import { kernelsBase64 } from "./kernels.generated";
import { plainKernels } from "./plain-kernels";
import { longestCode } from "./prefix-decoder";
import type { PrefixEncoder } from "./prefix-encoder";
import { ROUND_BITS, roundTable } from "./round-table";

/** What assembly/kernels.ts exports: the memory, addresses in it, and functions of numbers. */
type Exported = WebAssembly.Memory & WebAssembly.Global<"i32"> & ((...numbers: number[]) => number);

/** Room for counts: of bytes, or of alphabets of up to 1,024. */
const MAX_STRIDE = 1025;

/** The kernels in WebAssembly, on one small memory into which chunks are copied; undefined where there is none. */
export function wasmKernels(): Kernels | undefined {
  const module = wasmModule(kernelsBase64);
  return module && kernelsOf(module);
}

export function kernelsOf(module: WebAssembly.Module): Kernels {
  const exports = new WebAssembly.Instance(module).exports as Record<string, Exported>;
  const { decodeChunk, buildPairs, encodeBytes, encodeWords } = exports;
  const { buffer } = exports.memory;
  const memory = new Uint8Array(buffer);
  const at = Object.fromEntries(Object.entries(exports).map(([name, { value }]) => [name, value]));
  let encoding: PrefixEncoder | undefined;
  let decoding: ChunkDecoder | undefined;

  function load(chunk: Codes): void {
    if (chunk instanceof Uint8Array) memory.set(chunk, at.SYMBOLS);
    else new Uint16Array(buffer, at.SYMBOLS, chunk.length).set(chunk);
  }

  function countStreams(chunk: Codes, stride: number): Uint32Array {
    if (stride > MAX_STRIDE) return plainKernels.countStreams(chunk, stride);
    const rows = new Uint32Array(buffer, at.COUNTS, CHUNK_STREAMS * stride).fill(0);
    load(chunk);
    if (chunk instanceof Uint8Array) exports.countBytes(chunk.length);
    else exports.countWords(chunk.length, stride);
    return rows;
  }

  function encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Pick<CodedChunk, "bytes" | "sizes">): void {
    if (longestCode(encoder.lengths) > ROUND_BITS) {
      plainKernels.encodeChunk(encoder, chunk, target);
      return;
    }
    const bytes = chunk instanceof Uint8Array;
    if (encoding !== encoder) {
      const codes = encoder.codes.map((code, symbol) => code | (encoder.lengths[symbol] << 24));
      new Uint32Array(buffer, bytes ? at.CODES : at.PAIRS, codes.length).set(codes);
      if (bytes) buildPairs(codes.length);
    }
    encoding = encoder;
    load(chunk);
    if (bytes) encodeBytes(chunk.length);
    else encodeWords(chunk.length);
    let end = 0;
    for (let stream = 0; stream < CHUNK_STREAMS; stream++) {
      const start = at.CODED + stream * at.STREAM_ROOM;
      target.bytes.set(memory.subarray(start, start + target.sizes[stream]), end);
      end += target.sizes[stream];
    }
  }

  function chunkDecoder(lengths: Uint8Array): ChunkDecoder {
    // What the kernel refuses is decoded again, so that errors are those of the plain decoder.
    const careful: ChunkDecoder = (chunk, symbols) => plainKernels.chunkDecoder(lengths)(chunk, symbols);
    if (longestCode(lengths) > ROUND_BITS) return plainKernels.chunkDecoder(lengths);
    const { entries, singles, symbolBytes } = roundTable(lengths);
    const tables = new Int32Array(2 << ROUND_BITS);
    tables.set(entries);
    tables.set(singles.table, entries.length);

    function decode(chunk: CodedChunk, symbols: Codes): number {
      const { bytes, sizes } = chunk;
      if (bytes.length > at.CODED_BYTES) return careful(chunk, symbols);
      if (decoding !== decode) new Int32Array(buffer, at.TABLE, tables.length).set(tables);
      decoding = decode;
      memory.set(bytes, at.CODED);
      const coded = decodeChunk(symbolBytes, symbols.length, sizes[0], sizes[1], sizes[2], sizes[3]);
      if (coded < 0) return careful(chunk, symbols);
      if (symbolBytes === 1) symbols.set(memory.subarray(at.SYMBOLS, at.SYMBOLS + symbols.length));
      else symbols.set(new Uint16Array(buffer, at.SYMBOLS, symbols.length));
      return coded;
    }
    return decode;
  }

  return { countStreams, encodeChunk, chunkDecoder };
}
