import { byteReader, byteWriter, type Codes, FormatError, varintLength } from "@deep-compression/bits";
import { checkStreamEnd, decodePrefixCodes, prefixDecoder } from "./prefix-decoder";
import { codedBits, encodePrefixCodes, prefixEncoder } from "./prefix-encoder";

/** Symbols in a chunk, and the most of a Huffman stream without chunks. */
export const CHUNK_SYMBOLS = 65536;
/** Bit streams in a chunk, so that a decoder can work on four at once. */
const CHUNK_STREAMS = 4;
/** The byte lengths of a chunk's first three streams, two bytes each: 16,384 codes of 24 bits take 49,152 bytes. */
const CHUNK_HEADER_BYTES = 2 * (CHUNK_STREAMS - 1);

/** Bytes that {@link encodeChunks} makes: the lengths of chunks and streams, and the streams themselves. */
export function chunkedSize(
  lengths: Uint8Array,
  symbols: Codes,
): { readonly headerBytes: number; readonly streamBytes: number } {
  let headerBytes = 0;
  let streamBytes = 0;
  for (const streams of chunkStreams(symbols)) {
    const bytes = streams.reduce((sum, stream) => sum + Math.ceil(codedBits(lengths, stream) / 8), 0);
    headerBytes += varintLength(CHUNK_HEADER_BYTES + bytes) + CHUNK_HEADER_BYTES;
    streamBytes += bytes;
  }
  return { headerBytes, streamBytes };
}

/** The lengths of all chunks, then the chunks (docs/format.md, "Chunked Huffman"). */
export function encodeChunks(lengths: Uint8Array, symbols: Codes): Uint8Array {
  const encoder = prefixEncoder(lengths);
  const chunks = chunkStreams(symbols).map((streams) => {
    const chunk = byteWriter();
    const coded = streams.map((stream) => {
      const bytes = new Uint8Array(Math.ceil(codedBits(lengths, stream) / 8));
      encodePrefixCodes(encoder, stream, { bytes, startBit: 0 });
      return bytes;
    });
    for (const bytes of coded.slice(0, -1)) chunk.u16(bytes.length);
    for (const bytes of coded) chunk.bytes(bytes);
    return chunk.finish();
  });
  const writer = byteWriter();
  for (const chunk of chunks) writer.varint(chunk.length);
  for (const chunk of chunks) writer.bytes(chunk);
  return writer.finish();
}

/**
 * Fills `symbols` from what {@link encodeChunks} made.
 *
 * @throws FormatError
 */
export function decodeChunks(
  bytes: Uint8Array,
  code: { readonly lengths: Uint8Array; readonly symbols: Codes; readonly baseOffset: number },
): void {
  const reader = byteReader(bytes, { baseOffset: code.baseOffset });
  const decoder = prefixDecoder(code.lengths);
  const chunks = chunkStreams(code.symbols);
  const chunkLengths = chunks.map(() => reader.varint());
  chunks.forEach((streams, index) => {
    const baseOffset = reader.offset;
    const chunk = byteReader(reader.bytes(chunkLengths[index]), { baseOffset });
    const streamLengths = streams.slice(0, -1).map(() => chunk.u16());
    for (const [place, stream] of streams.entries()) {
      const span = { startBit: 0, baseOffset: chunk.offset };
      const coded = chunk.bytes(streamLengths[place] ?? chunk.remaining);
      if (stream.length > 8 * coded.length) throw tooShort(stream.length, chunk.offset);
      checkStreamEnd({ ...span, bytes: coded }, decodePrefixCodes(decoder, { ...span, bytes: coded }, stream));
    }
  });
  reader.expectEnd();
}

function tooShort(count: number, offset: number): FormatError {
  return new FormatError("truncated", `${count} codes do not fit in their stream`, { offset });
}

/**
 * Views of the symbols of each chunk's four streams, in order: as many each as a quarter of the chunk, rounded up, as
 * long as there are symbols.
 */
function chunkStreams(symbols: Codes): Codes[][] {
  const chunks: Codes[][] = [];
  for (let start = 0; start < symbols.length; start += CHUNK_SYMBOLS) {
    const end = Math.min(start + CHUNK_SYMBOLS, symbols.length);
    const share = Math.ceil((end - start) / CHUNK_STREAMS);
    const streams = Array.from({ length: CHUNK_STREAMS }, (_, stream) => {
      const from = Math.min(start + stream * share, end);
      return symbols.subarray(from, Math.min(from + share, end));
    });
    chunks.push(streams);
  }
  return chunks;
}
