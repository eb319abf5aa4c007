import { type BitReader, type Codes, FormatError, readGamma } from "@deep-compression/bits";
import { longestCodeWord } from "./canonical-codes";
import type { CodedChunk } from "./chunk-kernels";
import { CHUNK_HEADER_BYTES, chunkSymbols, chunksOf, MAX_TABLES } from "./chunk-layout";
import { readCodeLengths } from "./code-length-table";
import { bytesBehind, type EncodedStream, type OpenStream } from "./encoded-stream";
import { bitWidth, distinctSymbols, totalOf } from "./histogram";
import { codeLengthLimit } from "./prefix-code";
import type { StreamBits } from "./stream-modes";

/** What stands before the chunks of a stream, and where they lie. */
export interface ChunkedStream {
  /** Code lengths of each prefix code. */
  readonly tables: readonly Uint8Array[];
  /** By chunk: which of the tables. */
  readonly tableNumbers: Uint8Array;
  /** By chunk: its bytes. */
  readonly chunkLengths: Uint32Array;
  /** Offset of the first chunk among the stream's bytes. */
  readonly start: number;
}

/** Reads all but the chunks of a stream (docs/format.md, "Chunks"). @throws FormatError */
export function openChunks(stream: OpenStream): ChunkedStream {
  const { bytes, count, baseOffset } = stream;
  const chunks = chunksOf(count);
  const tables = readTables(stream, Math.min(chunks, MAX_TABLES));
  const tableNumbers = readTableNumbers(stream.reader, { chunks, tables: tables.length, offset: baseOffset });
  const rest = bytesBehind(stream);
  const chunkLengths = new Uint32Array(chunks).map(() => rest.varint({ max: bytes.length }));
  const start = rest.offset - baseOffset;
  rest.bytes(totalOf(chunkLengths));
  rest.expectEnd();
  return { tables, tableNumbers, chunkLengths, start };
}

function readTables({ reader, alphabet, baseOffset }: OpenStream, maximum: number): Uint8Array[] {
  const tableCount = readGamma(reader, { maximum, code: "limit-exceeded", offset: baseOffset });
  return Array.from({ length: tableCount }, () => {
    const lengths = readCodeLengths(reader, { alphabet, baseOffset });
    const present = distinctSymbols(lengths);
    const longest = longestCodeWord(lengths);
    if (longest <= codeLengthLimit(present)) return lengths;
    const message = `a code word of ${longest} bits among ${present}`;
    throw new FormatError("limit-exceeded", message, { offset: baseOffset });
  });
}

/** Which table each chunk has: tables are numbered in the order of their first use. */
function readTableNumbers(
  reader: BitReader,
  { chunks, tables, offset }: { readonly chunks: number; readonly tables: number; readonly offset: number },
): Uint8Array {
  let used = 0;
  const tableNumbers = new Uint8Array(chunks).map((_, chunk) => {
    const table = reader.read(bitWidth(tables));
    if (table >= tables) {
      throw new FormatError("out-of-range", `table ${table} of ${tables} of chunk ${chunk}`, { offset });
    }
    if (table > used) throw new FormatError("not-canonical", "tables not in the order of their first use", { offset });
    if (table === used) used++;
    return table;
  });
  if (used < tables) throw new FormatError("not-canonical", "a table that no chunk uses", { offset });
  return tableNumbers;
}

/** Fills `symbols` from the chunks. @throws FormatError */
export function readChunks(chunked: ChunkedStream, stream: EncodedStream, symbols: Codes): StreamBits {
  const { tables, tableNumbers, chunkLengths, start } = chunked;
  const decoders = tables.map(stream.decoders);
  let offset = start;
  let dataBits = 0;
  for (const [index, length] of chunkLengths.entries()) {
    const chunk = codedChunk(stream.bytes.subarray(offset, offset + length), stream.baseOffset + offset);
    dataBits += decoders[tableNumbers[index]!]!(chunk, chunkSymbols(symbols, index));
    offset += length;
  }
  return {
    mode: "huffman-chunked",
    lengths: tables[0]!,
    ...(tables.length > 1 && { tables }),
    tableBits: 8 * (start + CHUNK_HEADER_BYTES * chunkLengths.length),
    dataBits,
    bytes: offset,
  };
}

/** A chunk's substreams: the lengths of the first three, then all of them. @throws FormatError "truncated" */
function codedChunk(bytes: Uint8Array, baseOffset: number): CodedChunk {
  const sizes = [0, 2, 4].map((at) => bytes[at]! | (bytes[at + 1]! << 8));
  const last = sizes.reduce((left, size) => left - size, bytes.length - CHUNK_HEADER_BYTES);
  if (last < 0) {
    throw new FormatError("truncated", "a chunk is shorter than its substreams", { offset: baseOffset + bytes.length });
  }
  return {
    sizes: [...sizes, last],
    baseOffset: baseOffset + CHUNK_HEADER_BYTES,
    bytes: bytes.subarray(CHUNK_HEADER_BYTES),
  };
}
