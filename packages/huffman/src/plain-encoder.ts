import type { Codes } from "@deep-compression/bits";
import type { CodedChunk } from "./chunk-decoder";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_STREAMS, streamSymbols } from "./chunk-layout";
import { encodePrefixCodes, type PrefixEncoder } from "./prefix-encoder";

export const plainEncoder: ChunkEncoder = { countStreams, encodeChunk };

function countStreams(chunk: Codes, stride: number): Uint32Array {
  const rows = new Uint32Array(CHUNK_STREAMS * stride);
  for (const [stream, symbols] of streamSymbols(chunk).entries()) {
    const start = stream * stride;
    for (let i = 0; i < symbols.length; i++) rows[start + Math.min(symbols[i], stride - 1)]++;
  }
  return rows;
}

function encodeChunk(
  encoder: PrefixEncoder,
  chunk: Codes,
  { bytes, sizes }: Pick<CodedChunk, "bytes" | "sizes">,
): void {
  let at = 0;
  for (const [stream, symbols] of streamSymbols(chunk).entries()) {
    encodePrefixCodes(encoder, symbols, { bytes: bytes.subarray(at, at + sizes[stream]), startBit: 0 });
    at += sizes[stream];
  }
}
