import { type Codes, wasmModule } from "@deep-compression/bits";
import { CHUNK_HEADER_BYTES, CHUNK_STREAMS } from "./chunk-layout";
import type { ChunkDecoder, Kernels } from "./kernels";
import { kernelsBase64 } from "./kernels.generated";
import { plainKernels } from "./plain-kernels";
import { longestCode, prefixDecoder } from "./prefix-decoder";
import type { PrefixEncoder } from "./prefix-encoder";
import { SHORT_CODE_LENGTH } from "./stream-code";

/** What assembly/kernels.ts exports: the memory, addresses in it, and functions of numbers. */
type Exported = WebAssembly.Memory & WebAssembly.Global<"i32"> & ((...numbers: number[]) => number);

/** The table of a code of at most 11 bits is of 11 bits: then five look-ups fit in a window. */
const TABLE_BITS = 11;

/** Room for counts: of bytes, or of alphabets of up to 1,024. */
const MAX_STRIDE = 1025;

export function wasmKernels(): Kernels | undefined {
  const module = wasmModule(kernelsBase64);
  if (module === undefined) return undefined;
  const exports = new WebAssembly.Instance(module).exports as Record<string, Exported>;
  const { buildTable, decodeChunk11, decodeChunk12, buildPairs, encodeBytes, encodeWords } = exports;
  const { countBytes, countWords } = exports;
  const memory = new Uint8Array(exports.memory.buffer);
  const TABLE = exports.TABLE.value;
  const SINGLES = exports.SINGLES.value;
  const CODED = exports.CODED.value;
  const CODED_BYTES = exports.CODED_BYTES.value;
  const SYMBOLS = exports.SYMBOLS.value;
  const COUNTS = exports.COUNTS.value;
  const CODES = exports.CODES.value;
  const PAIRS = exports.PAIRS.value;
  const STREAM_ROOM = exports.STREAM_ROOM.value;
  let encoding: PrefixEncoder | undefined;
  let current: ChunkDecoder | undefined;

  function chunkDecoder(lengths: Uint8Array): ChunkDecoder {
    const careful: ChunkDecoder = (chunk, target) => plainKernels.chunkDecoder(lengths)(chunk, target);
    const longest = longestCode(lengths);
    if (longest > SHORT_CODE_LENGTH) return plainKernels.chunkDecoder(lengths);
    const bits = Math.max(longest, TABLE_BITS);
    const decodeChunk = bits === TABLE_BITS ? decodeChunk11 : decodeChunk12;
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
      const coded = decodeChunk(symbolBytes, symbols.length, s0, s1, s2, s3);
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
  function load(chunk: Codes): void {
    if (chunk instanceof Uint8Array) memory.set(chunk, SYMBOLS);
    else new Uint16Array(memory.buffer, SYMBOLS, chunk.length).set(chunk);
  }

  function countStreams(chunk: Codes, stride: number): Uint32Array {
    if (stride > MAX_STRIDE) return plainKernels.countStreams(chunk, stride);
    const rows = new Uint32Array(memory.buffer, COUNTS, CHUNK_STREAMS * stride).fill(0);
    load(chunk);
    if (chunk instanceof Uint8Array) countBytes(chunk.length);
    else countWords(chunk.length, stride);
    return rows;
  }

  function encodeChunk(
    encoder: PrefixEncoder,
    chunk: Codes,
    place: { readonly target: Uint8Array; readonly sizes: Uint16Array },
  ): void {
    if (longestCode(encoder.lengths) > SHORT_CODE_LENGTH) {
      plainKernels.encodeChunk(encoder, chunk, place);
      return;
    }
    const bytes = chunk instanceof Uint8Array;
    if (encoding !== encoder) {
      const codes = encoder.codes.map((code, symbol) => code | (encoder.lengths[symbol] << 24));
      new Uint32Array(memory.buffer, bytes ? CODES : PAIRS, codes.length).set(codes);
      if (bytes) buildPairs(codes.length);
    }
    encoding = encoder;
    load(chunk);
    if (bytes) encodeBytes(chunk.length);
    else encodeWords(chunk.length);
    const { target, sizes } = place;
    let at = CHUNK_HEADER_BYTES;
    for (let stream = 0; stream < CHUNK_STREAMS; stream++) {
      if (stream < CHUNK_STREAMS - 1) {
        target[2 * stream] = sizes[stream];
        target[2 * stream + 1] = sizes[stream] >>> 8;
      }
      const start = CODED + stream * STREAM_ROOM;
      target.set(memory.subarray(start, start + sizes[stream]), at);
      at += sizes[stream];
    }
  }
  return { countStreams, encodeChunk, chunkDecoder };
}
