import { type Codes, wasmModule } from "@deep-compression/bits";
import type { CodedChunk } from "./chunk-decoder";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_STREAMS } from "./chunk-layout";
import { kernelsHex } from "./encode-kernels.generated";
import { instanceOf } from "./kernels";
import { plainEncoder } from "./plain-encoder";
import { longestCode } from "./prefix-decoder";
import type { PrefixEncoder } from "./prefix-encoder";
import { SHORT_CODE_LENGTH } from "./stream-code";

/** Room for counts: of bytes, or of alphabets of up to 1,024 and what is outside. */
const MAX_STRIDE = 1025;

/** An encoder in WebAssembly, on one small memory into which chunks are copied; undefined where there is none. */
export function wasmEncoder(): ChunkEncoder | undefined {
  const module = wasmModule(kernelsHex);
  if (module === undefined) return undefined;
  const { functions, memory, at } = instanceOf(module);
  let loaded: PrefixEncoder | undefined;

  function loadSymbols(chunk: Codes): void {
    if (chunk instanceof Uint8Array) memory.set(chunk, at.SYMBOLS);
    else new Uint16Array(memory.buffer, at.SYMBOLS, chunk.length).set(chunk);
  }
  function loadCodes(encoder: PrefixEncoder, bytes: boolean): void {
    const codes = encoder.codes.map((code, symbol) => code | (encoder.lengths[symbol] << 24));
    new Uint32Array(memory.buffer, bytes ? at.CODES : at.PAIRS, codes.length).set(codes);
    if (bytes) functions.buildPairs(codes.length);
    loaded = encoder;
  }
  function takeStreams({ bytes, sizes }: Pick<CodedChunk, "bytes" | "sizes">): void {
    let end = 0;
    for (let stream = 0; stream < CHUNK_STREAMS; stream++) {
      const start = at.CODED + stream * at.STREAM_ROOM;
      bytes.set(memory.subarray(start, start + sizes[stream]), end);
      end += sizes[stream];
    }
  }

  return {
    countStreams(chunk, stride) {
      if (stride > MAX_STRIDE) return plainEncoder.countStreams(chunk, stride);
      const rows = new Uint32Array(memory.buffer, at.COUNTS, CHUNK_STREAMS * stride).fill(0);
      loadSymbols(chunk);
      if (chunk instanceof Uint8Array) functions.countBytes(chunk.length);
      else functions.countWords(chunk.length, stride);
      return rows;
    },
    encodeChunk(encoder, chunk, target) {
      if (longestCode(encoder.lengths) > SHORT_CODE_LENGTH) {
        plainEncoder.encodeChunk(encoder, chunk, target);
        return;
      }
      const bytes = chunk instanceof Uint8Array;
      if (loaded !== encoder) loadCodes(encoder, bytes);
      loadSymbols(chunk);
      if (bytes) functions.encodeBytes(chunk.length);
      else functions.encodeWords(chunk.length);
      takeStreams(target);
    },
  };
}
