import { bitWriter, byteWriter, type Codes } from "@deep-compression/bits";
import { huffman, writeCodeLengths } from "@deep-compression/huffman";

const CHUNK = 65536;

export interface ChunkedParts {
  readonly symbols: Codes;
  /** Code lengths of each prefix code. */
  readonly tables: readonly Uint8Array[];
  /** By chunk: which of the tables. */
  readonly tableNumbers: readonly number[];
  /** The number of tables that the stream tells; by default how many there are. */
  readonly tableCount?: number;
  /** Changes a chunk before it is put into the stream. */
  readonly change?: (chunk: Uint8Array, number: number) => Uint8Array;
}

/** A chunked stream by the letter of docs/format.md, "Chunks", one code word at a time. */
export function chunkedStream(parts: ChunkedParts): Uint8Array {
  const { symbols, tables, tableNumbers, tableCount = tables.length, change } = parts;
  const bits = bitWriter();
  bits.write(3, 2);
  const exponent = Math.floor(Math.log2(tableCount));
  bits.write(2 ** exponent - 1, exponent);
  bits.write(0, 1);
  bits.write(tableCount - 2 ** exponent, exponent);
  for (const lengths of tables) writeCodeLengths(bits, lengths);
  for (const table of tableNumbers) bits.write(table, Math.ceil(Math.log2(tableCount)));
  const chunks = tableNumbers.map((table, number) => {
    const part = symbols.subarray(number * CHUNK, (number + 1) * CHUNK);
    const chunk = chunkOf(part, tables[Math.min(table, tables.length - 1)]);
    return change === undefined ? chunk : change(chunk, number);
  });
  const stream = byteWriter();
  stream.bytes(bits.finish());
  for (const chunk of chunks) stream.varint(chunk.length);
  for (const chunk of chunks) stream.bytes(chunk);
  return stream.finish();
}

function chunkOf(symbols: Codes, lengths: Uint8Array): Uint8Array {
  const quarter = Math.ceil(symbols.length / 4);
  const substreams = [0, 1, 2, 3].map((i) => {
    const part = symbols.subarray(i * quarter, (i + 1) * quarter);
    return huffman(lengths, { count: part.length }).encode(part);
  });
  const chunk = byteWriter();
  for (const substream of substreams.slice(0, 3)) chunk.u16(substream.length);
  for (const substream of substreams) chunk.bytes(substream);
  return chunk.finish();
}
