import { bitWriter, byteWriter, type Codes, packBits } from "@deep-compression/bits";
import { type ChunkCodes, oneCode } from "./chunk-codes";
import type { ChunkCounts } from "./chunk-counts";
import { CHUNK_HEADER_BYTES, CHUNK_STREAMS, chunkSymbols } from "./chunk-layout";
import { writeCodeLengths } from "./code-length-table";
import { bitWidth } from "./histogram";
import type { Kernels } from "./kernels";
import { prefixEncoder } from "./prefix-encoder";
import { FORM_MARKS, type StreamPlan } from "./stream-forms";
import { writeGamma } from "./universal-codes";

/** A Huffman stream in chunks (docs/format.md, "Chunks"). At least two symbols occur. */
export function planChunks(
  symbols: Codes,
  options: { readonly counts: ChunkCounts; readonly kernels: Kernels },
): StreamPlan {
  const { counts, kernels } = options;
  const chosen = oneCode(counts);
  const lengths = chosen.codes.map((code) => code.lengths);
  const sizes = streamSizes(counts, chosen);
  const header = writeHeader(chosen, sizes.streamBytes);
  const bytes = header.length + sizes.streamBytes.reduce((sum, size) => sum + size, CHUNK_HEADER_BYTES * counts.chunks);
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
      const encoders = lengths.map(prefixEncoder);
      let at = header.length;
      for (let chunk = 0; chunk < counts.chunks; chunk++) {
        const sizesOfChunk = sizes.streamBytes.subarray(CHUNK_STREAMS * chunk, CHUNK_STREAMS * (chunk + 1));
        const end = at + CHUNK_HEADER_BYTES + sizesOfChunk.reduce((sum, size) => sum + size, 0);
        const target = written.subarray(at, end);
        kernels.encodeChunk(encoders[chosen.codeOf[chunk]], chunkSymbols(symbols, chunk), {
          target,
          sizes: sizesOfChunk,
        });
        at = end;
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
  const header = byteWriter();
  header.bytes(bits.finish());
  if (codes.length > 1) header.bytes(packBits(codeOf, bitWidth(codes.length)));
  for (let chunk = 0; chunk < codeOf.length; chunk++) {
    const sizes = streamBytes.subarray(CHUNK_STREAMS * chunk, CHUNK_STREAMS * (chunk + 1));
    header.varint(sizes.reduce((sum, size) => sum + size, CHUNK_HEADER_BYTES));
  }
  return header.finish();
}
