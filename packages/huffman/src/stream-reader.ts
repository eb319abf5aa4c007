import { allocateCodes, bitReader, type Codes, checkBitEnd, FormatError } from "@deep-compression/bits";
import { cheapestStream, sizeOfRuns, sizeWithoutRuns } from "./cheapest-mode";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import { type ChunkedStream, openChunks, readChunks } from "./chunk-reader";
import { readCodeLengths } from "./code-length-table";
import { bytesBehind, checkBitEach, type EncodedStream, type OpenStream, readSymbol } from "./encoded-stream";
import { bitWidth, countsOf } from "./histogram";
import { decodeCodeWords, fixedWidthDecoder, type PrefixDecoder, prefixDecoder } from "./prefix-decoder";
import { fromRunLengths, othersOf, TOKEN_ALPHABET } from "./run-lengths";
import { EMPTY, MODE_MARKS, type StreamBits, type StreamMode } from "./stream-modes";

export interface DecodedStream {
  readonly symbols: Codes;
  readonly bits: StreamBits;
}

/** @throws FormatError */
export function readStream(stream: EncodedStream): DecodedStream {
  return read(stream, (symbols) => cheapestStream(symbols, stream.alphabet));
}

/** A stream within run lengths, which may have any mode but theirs. @throws FormatError */
function readInnerStream(stream: EncodedStream): DecodedStream {
  if (stream.count > 0 && stream.alphabet > 1 && ((stream.bytes[0] ?? 0) & 0b111) === MODE_MARKS.runs.value) {
    throw new FormatError("out-of-range", "run lengths within run lengths", { offset: stream.baseOffset });
  }
  return read(stream, (symbols) => sizeWithoutRuns(countsOf(symbols, stream.alphabet)));
}

function read(stream: EncodedStream, plan: (symbols: Codes) => StreamBits): DecodedStream {
  const { bytes, count, alphabet, baseOffset } = stream;
  const open = { ...stream, reader: bitReader(bytes, { baseOffset }) };
  if (count === 0 || alphabet === 1) {
    open.reader.expectEnd();
    return { symbols: room(stream).fill(0), bits: EMPTY };
  }
  const found = READERS[readMode(open)](open);
  if (count > CHUNK_SYMBOLS) return found;
  const planned = plan(found.symbols);
  if (!sameMode(planned, found.bits)) {
    throw new FormatError("not-canonical", "the symbols take fewer bytes in another way", { offset: baseOffset });
  }
  return { ...found, bits: planned };
}

function sameMode(a: StreamBits, b: StreamBits): boolean {
  if (a.mode !== b.mode || a.dominant !== b.dominant) return false;
  return a.lengths?.every((length, symbol) => length === b.lengths?.[symbol]) ?? true;
}

/** The mode. Where a symbol takes a bit at least, memory for symbols is then no more than eight times the bytes, or sixteen. */
function readMode(stream: OpenStream): StreamMode {
  const { reader, count, baseOffset } = stream;
  const mode = ([undefined, "fixed", "huffman", "huffman-chunked"] as const)[reader.read(2)];
  if (mode === undefined) return reader.read(1) === 1 ? "runs" : "constant";
  checkBitEach(stream);
  if (mode === (count > CHUNK_SYMBOLS ? "huffman" : "huffman-chunked")) {
    throw new FormatError("out-of-range", `${mode}: not the mode of ${count} symbols`, { offset: baseOffset });
  }
  return mode;
}

function room({ into, alphabet, count }: EncodedStream): Codes {
  return into ?? allocateCodes(alphabet, count);
}

const READERS: Record<StreamMode, (stream: OpenStream) => DecodedStream> = {
  constant: readConstant,
  runs: readRuns,
  fixed: readFixed,
  huffman: readHuffman,
  "huffman-chunked": readChunked,
};

function readConstant(stream: OpenStream): DecodedStream {
  const symbol = readSymbol(stream.reader, stream.alphabet, stream.baseOffset);
  stream.reader.expectEnd();
  return { symbols: room(stream).fill(symbol), bits: bitsOf("constant", stream) };
}

function readRuns(stream: OpenStream): DecodedStream {
  const { reader, alphabet, count, baseOffset, decoders } = stream;
  const dominant = readSymbol(reader, alphabet, baseOffset);
  const rest = bytesBehind(stream);
  const tokenCount = rest.varint({ max: count });
  const tokenStreamLength = rest.varint();
  const tokens = readInnerStream({
    baseOffset: rest.offset,
    bytes: rest.bytes(tokenStreamLength),
    alphabet: TOKEN_ALPHABET,
    count: tokenCount,
    decoders,
  });
  const others = readInnerStream({
    baseOffset: rest.offset,
    bytes: rest.bytes(rest.remaining),
    alphabet,
    count: othersOf(tokens.symbols),
    decoders,
  });
  const symbols = room(stream);
  const runs = { dominant, tokens: tokens.symbols, others: others.symbols };
  fromRunLengths(runs, symbols, baseOffset);
  return { symbols, bits: sizeOfRuns(runs, { alphabet, tokens: tokens.bits, others: others.bits }) };
}

function readFixed(stream: OpenStream): DecodedStream {
  return readCodeWords("fixed", stream, fixedWidthDecoder(stream.alphabet, bitWidth(stream.alphabet)));
}

function readHuffman(stream: OpenStream): DecodedStream {
  const lengths = readCodeLengths(stream.reader, stream);
  const { symbols, bits } = readCodeWords("huffman", stream, prefixDecoder(lengths));
  return { symbols, bits: { ...bits, lengths } };
}

function readCodeWords(mode: StreamMode, stream: OpenStream, decoder: PrefixDecoder): DecodedStream {
  const symbols = room(stream);
  const span = { ...stream, startBit: stream.reader.position };
  const end = decodeCodeWords(decoder, span, symbols);
  checkBitEnd(stream.bytes, end, stream.baseOffset);
  return { symbols, bits: bitsOf(mode, stream, end) };
}

function readChunked(stream: OpenStream): DecodedStream {
  const chunked = openChunks(stream);
  const symbols = room(stream);
  return { symbols, bits: readChunks(chunked, stream, symbols) };
}

/** The tables and chunks of a stream that has any; undefined if it has another mode. @throws FormatError */
export function openChunkedStream(stream: EncodedStream): ChunkedStream | undefined {
  const { bytes, alphabet, count, baseOffset } = stream;
  if (count <= CHUNK_SYMBOLS || alphabet === 1) return undefined;
  const open = { ...stream, reader: bitReader(bytes, { baseOffset }) };
  return readMode(open) === "huffman-chunked" ? openChunks(open) : undefined;
}

/** What is no symbol ends where the reader stands, and the symbols at `end`. */
function bitsOf(mode: StreamMode, { reader, bytes }: OpenStream, end = reader.position): StreamBits {
  return { mode, tableBits: reader.position, dataBits: end - reader.position, bytes: bytes.length };
}
