import type { Codes } from "@deep-compression/bits";
import type { ChunkEncoder } from "./chunk-kernels";
import { CHUNK_HEADER_BYTES, substreamSymbols } from "./chunk-layout";
import { codedBits, encodeCodeWords, type PrefixEncoder } from "./prefix-encoder";

export const PLAIN_ENCODER: ChunkEncoder = { countChunk, encodeChunk };

function countChunk(chunk: Codes, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < chunk.length; i++) counts[chunk[i]]++;
  return counts;
}

function encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Uint8Array): number {
  let start = CHUNK_HEADER_BYTES;
  for (const [substream, symbols] of substreamSymbols(chunk).entries()) {
    const size = Math.ceil(codedBits(encoder.lengths, symbols) / 8);
    if (2 * substream < CHUNK_HEADER_BYTES) {
      target[2 * substream] = size;
      target[2 * substream + 1] = size >>> 8;
    }
    encodeCodeWords(encoder, symbols, { bytes: target.fill(0, start, start + size), startBit: 8 * start });
    start += size;
  }
  return start;
}
