import { bitWriter, byteWriter, type Codes, writeGamma } from "@deep-compression/bits";
import { uninitializedBytes } from "@deep-compression/runtime";
import type { ChunkCounts } from "./chunk-counts";
import type { ChunkEncoder } from "./chunk-kernels";
import { CHUNK_HEADER_BYTES, CHUNK_PADDING_BITS, chunkSymbols, chunksOf } from "./chunk-layout";
import { type ChunkPrefixCodes, choosePrefixCodes } from "./chunk-prefix-codes";
import { writeCodeLengths } from "./code-length-table";
import { bitWidth } from "./histogram";
import { prefixEncoder } from "./prefix-encoder";
import { MODE_MARKS, type StreamPlan } from "./stream-modes";

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
  const chosen = choosePrefixCodes(options.counts, chunksOf(symbols.length));
  const tables = chosen.prefixCodes.map(({ lengths }) => lengths);
  const dataBits = chosen.prefixCodes.reduce((sum, code) => sum + code.dataBits, 0);
  const { stream, headerBytes } = writeChunks(symbols, { ...chosen, dataBits, encoder: options.encoder });
  const tableBits = 8 * (headerBytes + CHUNK_HEADER_BYTES * chosen.tableNumbers.length);
  const several = tables.length > 1 && { tables };
  return {
    bits: { mode: "huffman-chunked", lengths: tables[0]!, ...several, tableBits, dataBits, bytes: stream.length },
    write: () => stream,
  };
}

/** The stream, written from where its header ends if that is as long as it can be. */
function writeChunks(
  symbols: Codes,
  chosen: ChunkPrefixCodes & { readonly dataBits: number; readonly encoder: ChunkEncoder },
): { readonly stream: Uint8Array; readonly headerBytes: number } {
  const { prefixCodes, tableNumbers, dataBits, encoder } = chosen;
  const front = frontOf(chosen);
  const start = front.length + MAX_LENGTH_BYTES * tableNumbers.length;
  const dataBytes = Math.ceil((dataBits + CHUNK_PADDING_BITS * tableNumbers.length) / 8);
  const bytes = uninitializedBytes(start + CHUNK_HEADER_BYTES * tableNumbers.length + dataBytes);
  const encoders = prefixCodes.map(({ lengths }) => prefixEncoder(lengths));
  const header = byteWriter();
  header.bytes(front);
  let end = start;
  for (const [chunk, table] of tableNumbers.entries()) {
    const length = encoder.encodeChunk(encoders[table]!, chunkSymbols(symbols, chunk), bytes.subarray(end));
    header.varint(length);
    end += length;
  }
  const first = start - header.length;
  bytes.set(header.finish(), first);
  bytes.fill(0, 0, first).fill(0, end); // whoever passes the buffer on shall not pass on what was there before
  return { stream: bytes.subarray(first, end), headerBytes: header.length };
}

/** What stands before the lengths of the chunks: mode, tables, and which chunk has which. */
function frontOf({ prefixCodes, tableNumbers }: ChunkPrefixCodes): Uint8Array {
  const bits = bitWriter();
  bits.write(MODE_MARKS["huffman-chunked"].value, MODE_MARKS["huffman-chunked"].bits);
  writeGamma(bits, prefixCodes.length);
  for (const { lengths } of prefixCodes) writeCodeLengths(bits, lengths);
  for (const table of tableNumbers) bits.write(table, bitWidth(prefixCodes.length));
  return bits.finish();
}
