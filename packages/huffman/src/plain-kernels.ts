import { byteReader, type Codes, FormatError } from "@deep-compression/bits";
import { CHUNK_HEADER_BYTES, CHUNK_STREAMS, streamSymbols } from "./chunk-layout";
import type { ChunkDecoder, Kernels } from "./kernels";
import { checkStreamEnd, decodePrefixCodes, prefixDecoder } from "./prefix-decoder";
import { encodePrefixCodes, type PrefixEncoder } from "./prefix-encoder";

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
  { target, sizes }: { readonly target: Uint8Array; readonly sizes: Uint16Array },
): void {
  let at = CHUNK_HEADER_BYTES;
  for (const [stream, symbols] of streamSymbols(chunk).entries()) {
    if (stream < CHUNK_STREAMS - 1) {
      target[2 * stream] = sizes[stream];
      target[2 * stream + 1] = sizes[stream] >>> 8;
    }
    encodePrefixCodes(encoder, symbols, { bytes: target.subarray(at, at + sizes[stream]), startBit: 0 });
    at += sizes[stream];
  }
}

function chunkDecoder(lengths: Uint8Array): ChunkDecoder {
  const decoder = prefixDecoder(lengths);
  return (bytes, { symbols, baseOffset }) => {
    const chunk = byteReader(bytes, { baseOffset });
    const streams = streamSymbols(symbols);
    const sizes = streams.slice(1).map(() => chunk.u16());
    let bits = 0;
    for (const [place, stream] of streams.entries()) {
      const span = { startBit: 0, baseOffset: chunk.offset, bytes: chunk.bytes(sizes[place] ?? chunk.remaining) };
      if (stream.length > 8 * span.bytes.length) throw tooShort(stream.length, span.baseOffset);
      const end = decodePrefixCodes(decoder, span, stream);
      checkStreamEnd(span, end);
      bits += end;
    }
    return bits;
  };
}

function tooShort(count: number, offset: number): FormatError {
  return new FormatError("truncated", `${count} codes do not fit in their stream`, { offset });
}
