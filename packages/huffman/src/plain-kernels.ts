import type { Codes } from "@deep-compression/bits";
import { CHUNK_STREAMS, streamSymbols } from "./chunk-layout";
import type { ChunkDecoder, CodedChunk, Kernels } from "./kernels";
import { decodeRounds } from "./plain-decoder";
import { checkStreamEnd, decodePrefixCodes, longestCode, prefixDecoder } from "./prefix-decoder";
import { encodePrefixCodes, type PrefixEncoder } from "./prefix-encoder";
import { ROUND_BITS, roundTable } from "./round-table";

export const plainKernels: Kernels = { countStreams, encodeChunk, chunkDecoder };

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

function chunkDecoder(lengths: Uint8Array): ChunkDecoder {
  const table = longestCode(lengths) <= ROUND_BITS ? roundTable(lengths) : undefined;
  const decoder = table?.singles ?? prefixDecoder(lengths);
  return (chunk, symbols) => {
    const { bytes, sizes } = chunk;
    const done = table === undefined ? undefined : decodeRounds(table, chunk, symbols);
    let bits = 0;
    let start = 0;
    for (const [place, stream] of streamSymbols(symbols).entries()) {
      const span = {
        bytes: bytes.subarray(start, start + sizes[place]),
        startBit: done === undefined ? 0 : done.bits[place] - 8 * start,
        baseOffset: chunk.baseOffset + start,
      };
      const end = decodePrefixCodes(decoder, span, stream.subarray(done?.symbols[place] ?? 0));
      checkStreamEnd(span, end);
      bits += end;
      start += sizes[place];
    }
    return bits;
  };
}
