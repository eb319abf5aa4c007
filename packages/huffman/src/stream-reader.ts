import { allocateCodes, type BitReader, bitReader, type Codes, checkBitEnd, FormatError } from "@deep-compression/bits";
import type { ChunkDecoders } from "./chunk-decoder";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import { type ChunkedStream, openChunks, readChunks } from "./chunk-reader";
import { readCodeLengths } from "./code-length-table";
import { bitWidth, countsOf } from "./histogram";
import { bytesBehind, decodePrefixCodes, fixedWidthDecoder, type PrefixDecoder, prefixDecoder } from "./prefix-decoder";
import { fromRunLengths, othersOf, TOKEN_ALPHABET } from "./run-lengths";
import { EMPTY, MODE_MARKS, type StreamBits, type StreamMode } from "./stream-modes";
import { shortStream, sizeOfRuns, sizeWithoutRuns } from "./stream-plan";

/** A stream to be read, its arguments checked. */
export interface EncodedStream {
  readonly bytes: Uint8Array;
  readonly alphabet: number;
  readonly count: number;
  readonly baseOffset: number;
  readonly decoders: ChunkDecoders;
  /** Room for the symbols; taken when the bytes are found to be enough for them, if it is not given. */
  readonly into?: Codes;
}

export interface DecodedStream {
  readonly symbols: Codes;
  readonly bits: StreamBits;
}

/** @throws FormatError */
export function readStream(stream: EncodedStream): DecodedStream {
  return read(stream, (symbols) => shortStream(symbols, stream.alphabet));
}

/** A stream within run lengths, which may have any form but theirs. @throws FormatError */
function readInnerStream(stream: EncodedStream): DecodedStream {
  if (stream.count > 0 && stream.alphabet > 1 && (stream.bytes[0] & 0b111) === MODE_MARKS.runs.value) {
    throw new FormatError("out-of-range", "run lengths within run lengths", { offset: stream.baseOffset });
  }
  return read(stream, (symbols) => sizeWithoutRuns(countsOf(symbols, stream.alphabet)));
}

function read(stream: EncodedStream, plan: (symbols: Codes) => StreamBits): DecodedStream {
  const { bytes, count, alphabet, baseOffset } = stream;
  const reader = bitReader(bytes, { baseOffset });
  if (count === 0 || alphabet === 1) {
    reader.expectEnd();
    return { symbols: room(stream).fill(0), bits: EMPTY };
  }
  const open = { ...stream, reader };
  const found = READERS[readForm(open)](open);
  if (count > CHUNK_SYMBOLS) return found;
  const planned = plan(found.symbols);
  if (!sameForm(planned, found.bits)) {
    throw new FormatError("not-canonical", "the symbols take fewer bytes in another way", { offset: baseOffset });
  }
  return { ...found, bits: planned };
}

function sameForm(a: StreamBits, b: StreamBits): boolean {
  if (a.mode !== b.mode || a.dominant !== b.dominant) return false;
  return a.lengths?.every((length, symbol) => length === b.lengths?.[symbol]) ?? true;
}

/** The form. Where a symbol takes a bit at least, memory for symbols is then no more than eight times the bytes, or sixteen. */
function readForm({ reader, bytes, count, baseOffset }: OpenStream): StreamMode {
  const form = ([undefined, "fixed", "huffman", "huffman-chunked"] as const)[reader.read(2)];
  if (form === undefined) return reader.read(1) === 1 ? "runs" : "constant";
  if (count > 8 * bytes.length) {
    const message = `${count} symbols do not fit in ${bytes.length} bytes`;
    throw new FormatError("truncated", message, { offset: baseOffset + bytes.length });
  }
  if (form === (count > CHUNK_SYMBOLS ? "huffman" : "huffman-chunked")) {
    throw new FormatError("out-of-range", `${form}: not the form of ${count} symbols`, { offset: baseOffset });
  }
  return form;
}

function room({ into, alphabet, count }: EncodedStream): Codes {
  return into ?? allocateCodes(alphabet, count);
}

interface OpenStream extends EncodedStream {
  /** Stands behind the form. */
  readonly reader: BitReader;
}

const READERS: Record<StreamMode, (stream: OpenStream) => DecodedStream> = {
  constant: readConstant,
  runs: readRuns,
  fixed: readFixed,
  huffman: readHuffman,
  "huffman-chunked": readChunked,
};

function readConstant(stream: OpenStream): DecodedStream {
  const symbol = readSymbol(stream);
  stream.reader.expectEnd();
  return { symbols: room(stream).fill(symbol), bits: bitsOf("constant", stream) };
}

function readRuns(stream: OpenStream): DecodedStream {
  const { alphabet, count, baseOffset, decoders } = stream;
  const dominant = readSymbol(stream);
  const rest = bytesBehind(stream);
  const number = rest.varint({ max: count });
  const tokenBytes = rest.varint();
  const tokens = readInnerStream({
    baseOffset: rest.offset,
    bytes: rest.bytes(tokenBytes),
    alphabet: TOKEN_ALPHABET,
    count: number,
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
  return readCodes("fixed", stream, fixedWidthDecoder(stream.alphabet, bitWidth(stream.alphabet)));
}

function readHuffman(stream: OpenStream): DecodedStream {
  const lengths = readCodeLengths(stream.reader, stream);
  const { symbols, bits } = readCodes("huffman", stream, prefixDecoder(lengths));
  return { symbols, bits: { ...bits, lengths } };
}

function readCodes(form: StreamMode, stream: OpenStream, decoder: PrefixDecoder): DecodedStream {
  const symbols = room(stream);
  const span = { ...stream, startBit: stream.reader.position };
  const end = decodePrefixCodes(decoder, span, symbols);
  checkBitEnd(stream.bytes, end, stream.baseOffset);
  return { symbols, bits: bitsOf(form, stream, end) };
}

function readChunked(stream: OpenStream): DecodedStream {
  const chunked = openChunks(stream);
  const symbols = room(stream);
  return { symbols, bits: readChunks(chunked, { ...stream, symbols }) };
}

/** The codes and chunks of a stream that has any; undefined if it has another form. @throws FormatError */
export function openChunkedStream(stream: EncodedStream): ChunkedStream | undefined {
  const { bytes, alphabet, count, baseOffset } = stream;
  if (count <= CHUNK_SYMBOLS || alphabet === 1) return undefined;
  const open = { ...stream, reader: bitReader(bytes, { baseOffset }) };
  return readForm(open) === "huffman-chunked" ? openChunks(open) : undefined;
}

/** A form without its data is over where the reader stands, and its data at `end`. */
function bitsOf(form: StreamMode, { reader, bytes }: OpenStream, end = reader.position): StreamBits {
  return { mode: form, tableBits: reader.position, dataBits: end - reader.position, bytes: bytes.length };
}

function readSymbol({ reader, alphabet, baseOffset }: OpenStream): number {
  const symbol = reader.read(bitWidth(alphabet));
  if (symbol < alphabet) return symbol;
  throw new FormatError("out-of-range", `symbol: expected less than ${alphabet}, got ${symbol}`, {
    offset: baseOffset,
  });
}
