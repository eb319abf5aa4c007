import { bitWriter, byteWriter, type Codes } from "@deep-compression/bits";
import { type ChunkCodes, chooseCodes } from "./chunk-codes";
import type { ChunkCounts } from "./chunk-counts";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_HEADER_BYTES, CHUNK_STREAMS, chunkSymbols } from "./chunk-layout";
import { writeCodeLengths } from "./code-length-table";
import { bitWidth } from "./histogram";
import { prefixEncoder } from "./prefix-encoder";
import { FORM_MARKS } from "./stream-forms";
import type { StreamPlan } from "./stream-writer";
import { writeGamma } from "./universal-codes";

/** A Huffman stream in chunks (docs/format.md, "Chunks"). At least two symbols occur. */
export function planChunks(
  symbols: Codes,
  options: { readonly counts: ChunkCounts; readonly encoder: ChunkEncoder },
): StreamPlan {
  const { counts, encoder } = options;
  const chosen = chooseCodes(counts);
  const lengths = chosen.codes.map((code) => code.lengths);
  const sizes = streamSizes(counts, chosen);
  const header = writeHeader(chosen, sizes.streamBytes);
  const starts = chunkStarts(header.length, sizes.streamBytes);
  const bytes = starts[counts.chunks];
  return {
    form: "huffman-chunked",
    lengths: lengths[0],
    ...(lengths.length > 1 && { codes: lengths }),
    tableBits: 8 * (header.length + CHUNK_HEADER_BYTES * counts.chunks),
    dataBits: sizes.dataBits,
    bytes,
    write() {
      const written = new Uint8Array(bytes);
      written.set(header);
      // Code by code, since tables are made for one code at a time.
      for (const [number, code] of lengths.entries()) {
        const codes = prefixEncoder(code);
        for (let chunk = 0; chunk < counts.chunks; chunk++) {
          if (chosen.codeOf[chunk] !== number) continue;
          const chunkSizes = sizes.streamBytes.subarray(CHUNK_STREAMS * chunk, CHUNK_STREAMS * (chunk + 1));
          const target = written.subarray(starts[chunk], starts[chunk + 1]);
          writeChunkHeader(target, chunkSizes);
          const bytes = target.subarray(CHUNK_HEADER_BYTES);
          encoder.encodeChunk(codes, chunkSymbols(symbols, chunk), { bytes, sizes: chunkSizes });
        }
      }
      return written;
    },
  };
}

/** Bytes of each stream of each chunk. */
function streamSizes(
  counts: ChunkCounts,
  { codes, codeOf }: ChunkCodes,
): { readonly streamBytes: Uint16Array; readonly dataBits: number } {
  const streamBytes = new Uint16Array(CHUNK_STREAMS * counts.chunks);
  let dataBits = 0;
  for (let chunk = 0; chunk < counts.chunks; chunk++) {
    const { lengths } = codes[codeOf[chunk]];
    const rows = counts.streams(chunk);
    for (let stream = 0; stream < CHUNK_STREAMS; stream++) {
      const start = stream * counts.alphabet;
      let bits = 0;
      for (let symbol = 0; symbol < counts.alphabet; symbol++) bits += lengths[symbol] * rows[start + symbol];
      streamBytes[CHUNK_STREAMS * chunk + stream] = Math.ceil(bits / 8);
      dataBits += bits;
    }
  }
  return { streamBytes, dataBits };
}

/** All that stands before the chunks. */
function writeHeader({ codes, codeOf }: ChunkCodes, streamBytes: Uint16Array): Uint8Array {
  const bits = bitWriter();
  bits.write(FORM_MARKS["huffman-chunked"].value, FORM_MARKS["huffman-chunked"].bits);
  writeGamma(bits, codes.length);
  for (const { lengths } of codes) writeCodeLengths(bits, lengths);
  if (codes.length > 1) for (const code of codeOf) bits.write(code, bitWidth(codes.length));
  const header = byteWriter();
  header.bytes(bits.finish());
  const starts = chunkStarts(0, streamBytes);
  for (let chunk = 0; chunk < codeOf.length; chunk++) header.varint(starts[chunk + 1] - starts[chunk]);
  return header.finish();
}

/** Where each chunk begins, and behind the last one where it ends. */
function chunkStarts(first: number, streamBytes: Uint16Array): number[] {
  const starts = [first];
  for (let at = first, stream = 0; stream < streamBytes.length; stream += CHUNK_STREAMS) {
    at += CHUNK_HEADER_BYTES;
    for (let i = 0; i < CHUNK_STREAMS; i++) at += streamBytes[stream + i];
    starts.push(at);
  }
  return starts;
}

function writeChunkHeader(target: Uint8Array, sizes: Uint16Array): void {
  for (let stream = 0; stream < CHUNK_STREAMS - 1; stream++) {
    target[2 * stream] = sizes[stream];
    target[2 * stream + 1] = sizes[stream] >>> 8;
  }
}
