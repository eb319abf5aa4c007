import { type BitReader, type Codes, FormatError, readGamma } from "@deep-compression/bits";
import type { ChunkDecoders, CodedChunk } from "./chunk-decoder";
import { CHUNK_HEADER_BYTES, chunkSymbols, chunksOf, MAX_CODES } from "./chunk-layout";
import { readCodeLengths } from "./code-length-table";
import { bitWidth, distinctSymbols } from "./histogram";
import { bytesBehind, longestCode } from "./prefix-decoder";
import { codeLengthLimit } from "./stream-code";
import type { StreamBits } from "./stream-modes";

/** What stands before the chunks of a stream, and where they lie. */
export interface ChunkedStream {
  readonly codes: readonly Uint8Array[];
  /** By chunk: which code. */
  readonly codeOf: Uint8Array;
  /** Offset of the first chunk among the stream's bytes. */
  readonly start: number;
  /** By chunk: its bytes. */
  readonly lengths: Uint32Array;
}

interface Source {
  readonly bytes: Uint8Array;
  /** Stands behind the form. */
  readonly reader: BitReader;
  readonly alphabet: number;
  readonly count: number;
  readonly baseOffset: number;
}

/**
 * Reads all but the chunks of a stream (docs/format.md, "Chunks").
 *
 * @throws FormatError
 */
export function openChunks(source: Source): ChunkedStream {
  const { reader, alphabet, count, baseOffset } = source;
  const number = chunksOf(count);
  const codes = readCodes(reader, { alphabet, baseOffset, maximum: Math.min(number, MAX_CODES) });
  const codeOf = readCodeNumbers(reader, { number, codes: codes.length, offset: baseOffset });
  const rest = bytesBehind(source);
  const lengths = new Uint32Array(number);
  for (let chunk = 0; chunk < number; chunk++) lengths[chunk] = rest.varint({ max: source.bytes.length });
  const start = rest.offset - baseOffset;
  rest.bytes(lengths.reduce((sum, length) => sum + length, 0));
  rest.expectEnd();
  return { codes, codeOf, lengths, start };
}

function readCodes(
  reader: BitReader,
  options: { readonly alphabet: number; readonly baseOffset: number; readonly maximum: number },
): Uint8Array[] {
  const { alphabet, baseOffset, maximum } = options;
  const number = readGamma(reader, { maximum, code: "limit-exceeded", offset: baseOffset });
  return Array.from({ length: number }, () => {
    const lengths = readCodeLengths(reader, { alphabet, baseOffset });
    const present = distinctSymbols(lengths);
    const longest = longestCode(lengths);
    if (longest > codeLengthLimit(present)) {
      const message = `a code of ${longest} bits among ${present}`;
      throw new FormatError("limit-exceeded", message, { offset: baseOffset });
    }
    return lengths;
  });
}

/** The number of each chunk's code, in the order of their first use. */
function readCodeNumbers(
  reader: BitReader,
  { number, codes, offset }: { readonly number: number; readonly codes: number; readonly offset: number },
): Uint8Array {
  const codeOf = new Uint8Array(number);
  let used = 0;
  for (let chunk = 0; chunk < number; chunk++) {
    const code = reader.read(bitWidth(codes));
    if (code >= codes) {
      throw new FormatError("out-of-range", `code ${code} of ${codes} of chunk ${chunk}`, { offset });
    }
    if (code > used) throw new FormatError("not-canonical", "codes not in the order of their first use", { offset });
    if (code === used) used++;
    codeOf[chunk] = code;
  }
  if (used < codes) throw new FormatError("not-canonical", "a code that no chunk uses", { offset });
  return codeOf;
}

/**
 * Fills `symbols` from the chunks.
 *
 * @throws FormatError
 */
export function readChunks(
  stream: ChunkedStream,
  options: Pick<Source, "bytes" | "baseOffset"> & { readonly symbols: Codes; readonly decoders: ChunkDecoders },
): StreamBits {
  const { codes, codeOf, lengths, start } = stream;
  const { bytes, symbols, baseOffset } = options;
  const decoders = codes.map(options.decoders);
  let offset = start;
  let dataBits = 0;
  for (const [index, length] of lengths.entries()) {
    const chunk = codedChunk(bytes.subarray(offset, offset + length), baseOffset + offset);
    dataBits += decoders[codeOf[index]](chunk, chunkSymbols(symbols, index));
    offset += length;
  }
  return {
    mode: "huffman-chunked",
    lengths: codes[0],
    ...(codes.length > 1 && { codes }),
    tableBits: 8 * (start + CHUNK_HEADER_BYTES * lengths.length),
    dataBits,
    bytes: offset,
  };
}

/** A chunk's streams: the lengths of the first three, then all of them. @throws FormatError "truncated" */
export function codedChunk(bytes: Uint8Array, baseOffset: number): CodedChunk {
  const sizes = [0, 2, 4].map((at) => bytes[at] | (bytes[at + 1] << 8));
  const last = bytes.length - CHUNK_HEADER_BYTES - sizes[0] - sizes[1] - sizes[2];
  if (last < 0) {
    throw new FormatError("truncated", "a chunk is shorter than its streams", { offset: baseOffset + bytes.length });
  }
  sizes.push(last);
  return { bytes: bytes.subarray(CHUNK_HEADER_BYTES), sizes, baseOffset: baseOffset + CHUNK_HEADER_BYTES };
}
