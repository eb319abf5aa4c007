import type { Codes } from "@deep-compression/bits";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_HEADER_BYTES, streamSymbols } from "./chunk-layout";
import { codedBits, encodePrefixCodes, type PrefixEncoder } from "./prefix-encoder";

export const PLAIN_ENCODER: ChunkEncoder = { countChunk, encodeChunk };

function countChunk(chunk: Codes, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < chunk.length; i++) counts[chunk[i]]++;
  return counts;
}

function encodeChunk(encoder: PrefixEncoder, chunk: Codes, target: Uint8Array): number {
  let start = CHUNK_HEADER_BYTES;
  for (const [stream, symbols] of streamSymbols(chunk).entries()) {
    const size = Math.ceil(codedBits(encoder.lengths, symbols) / 8);
    if (2 * stream < CHUNK_HEADER_BYTES) {
      target[2 * stream] = size;
      target[2 * stream + 1] = size >>> 8;
    }
    encodePrefixCodes(encoder, symbols, { bytes: target.fill(0, start, start + size), startBit: 8 * start });
    start += size;
  }
  return start;
}
