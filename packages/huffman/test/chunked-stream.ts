import { bitWriter, byteWriter, type Codes } from "@deep-compression/bits";
import { huffman, writeCodeLengths } from "@deep-compression/huffman";

const CHUNK = 65536;

export interface ChunkedParts {
  readonly symbols: Codes;
  /** Lengths of each code. */
  readonly codes: readonly Uint8Array[];
  readonly codeOf: readonly number[];
  /** The number of codes that the stream tells of; by default how many there are. */
  readonly codesTold?: number;
  /** Changes a chunk before it is put into the stream. */
  readonly change?: (chunk: Uint8Array, number: number) => Uint8Array;
}

/** A chunked stream by the letter of docs/format.md, "Chunks", one code word at a time. */
export function chunkedStream({ symbols, codes, codeOf, codesTold = codes.length, change }: ChunkedParts): Uint8Array {
  const bits = bitWriter();
  bits.write(3, 2);
  const exponent = Math.floor(Math.log2(codesTold));
  bits.write(2 ** exponent - 1, exponent);
  bits.write(0, 1);
  bits.write(codesTold - 2 ** exponent, exponent);
  for (const lengths of codes) writeCodeLengths(bits, lengths);
  for (const code of codeOf) bits.write(code, Math.ceil(Math.log2(codesTold)));
  const chunks = codeOf.map((code, number) => {
    const part = symbols.subarray(number * CHUNK, (number + 1) * CHUNK);
    const chunk = chunkOf(part, codes[Math.min(code, codes.length - 1)]);
    return change === undefined ? chunk : change(chunk, number);
  });
  const stream = byteWriter();
  stream.bytes(bits.finish());
  for (const chunk of chunks) stream.varint(chunk.length);
  for (const chunk of chunks) stream.bytes(chunk);
  return stream.finish();
}

function chunkOf(symbols: Codes, lengths: Uint8Array): Uint8Array {
  const share = Math.ceil(symbols.length / 4);
  const streams = [0, 1, 2, 3].map((i) => {
    const part = symbols.subarray(i * share, (i + 1) * share);
    return huffman(lengths, { count: part.length }).encode(part);
  });
  const chunk = byteWriter();
  for (const stream of streams.slice(0, 3)) chunk.u16(stream.length);
  for (const stream of streams) chunk.bytes(stream);
  return chunk.finish();
}
