import { bitWriter, byteWriter, type Codes, writeGamma } from "@deep-compression/bits";
import { type ChunkCodes, chooseCodes } from "./chunk-codes";
import type { ChunkCounts } from "./chunk-counts";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_HEADER_BYTES, CHUNK_PADDING_BITS, chunkSymbols, chunksOf } from "./chunk-layout";
import { writeCodeLengths } from "./code-length-table";
import { bitWidth } from "./histogram";
import { prefixEncoder } from "./prefix-encoder";
import { MODE_MARKS } from "./stream-modes";
import type { StreamPlan } from "./stream-writer";
import { uninitializedBytes } from "./uninitialized-bytes";

/** Most bytes of a varint that tells the length of a chunk. */
const MAX_LENGTH_BYTES = 3;

/**
 * A Huffman stream in chunks (docs/format.md, "Chunks"), which is written at once, since only that tells its
 * size. At least two symbols occur.
 */
export function planChunks(
  symbols: Codes,
  options: { readonly counts: ChunkCounts; readonly encoder: ChunkEncoder },
): StreamPlan {
  const chosen = chooseCodes(options.counts, chunksOf(symbols.length));
  const lengths = chosen.codes.map((code) => code.lengths);
  const { stream, headerBytes } = writeChunks(symbols, { chosen, encoder: options.encoder });
  return {
    mode: "huffman-chunked",
    lengths: lengths[0],
    ...(lengths.length > 1 && { codes: lengths }),
    tableBits: 8 * (headerBytes + CHUNK_HEADER_BYTES * chosen.codeOf.length),
    dataBits: dataBitsOf(chosen),
    bytes: stream.length,
    write: () => stream,
  };
}

function dataBitsOf({ codes }: ChunkCodes): number {
  return codes.reduce((sum, { dataBits }) => sum + dataBits, 0);
}

/** The stream, written from where its header ends if that is as long as it can be. */
function writeChunks(
  symbols: Codes,
  { chosen, encoder }: { readonly chosen: ChunkCodes; readonly encoder: ChunkEncoder },
): { readonly stream: Uint8Array; readonly headerBytes: number } {
  const { codes, codeOf } = chosen;
  const front = frontOf(chosen);
  const start = front.length + MAX_LENGTH_BYTES * codeOf.length;
  const dataBytes = Math.ceil((dataBitsOf(chosen) + CHUNK_PADDING_BITS * codeOf.length) / 8);
  const bytes = uninitializedBytes(start + CHUNK_HEADER_BYTES * codeOf.length + dataBytes);
  const encoders = codes.map(({ lengths }) => prefixEncoder(lengths));
  const header = byteWriter();
  header.bytes(front);
  let end = start;
  for (const [chunk, code] of codeOf.entries()) {
    const length = encoder.encodeChunk(encoders[code], chunkSymbols(symbols, chunk), bytes.subarray(end));
    header.varint(length);
    end += length;
  }
  const first = start - header.length;
  bytes.set(header.finish(), first);
  bytes.fill(0, 0, first).fill(0, end); // whoever passes the buffer on shall not pass on what was there before
  return { stream: bytes.subarray(first, end), headerBytes: header.length };
}

/** What stands before the lengths of the chunks: form, codes, and which chunk has which. */
function frontOf({ codes, codeOf }: ChunkCodes): Uint8Array {
  const bits = bitWriter();
  bits.write(MODE_MARKS["huffman-chunked"].value, MODE_MARKS["huffman-chunked"].bits);
  writeGamma(bits, codes.length);
  for (const { lengths } of codes) writeCodeLengths(bits, lengths);
  if (codes.length > 1) for (const code of codeOf) bits.write(code, bitWidth(codes.length));
  return bits.finish();
}
