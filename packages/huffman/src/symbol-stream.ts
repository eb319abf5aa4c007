import type { Codes } from "@deep-compression/bits";
import { checkCodes, checkInteger, checkLength, checkTypedArray, type KernelOption } from "@deep-compression/runtime";
import type { EncodedStream } from "./encoded-stream";
import { MAX_ALPHABET } from "./histogram";
import { type StreamPlan, type SymbolStreamSize, sizeOf } from "./stream-modes";
import { type DecodedStream, readStream } from "./stream-reader";
import { planStream } from "./stream-writer";
import { chunkDecoders } from "./wasm-decoder";
import { chunkEncoder } from "./wasm-encoder";

/** What the encoder of a stream must be told. */
export interface EncodeOptions extends KernelOption {
  /** Symbols are 0..alphabet - 1; 1..65,536. */
  readonly alphabet: number;
}

/** What a reader of a stream must know beforehand; the stream does not repeat it. */
export interface SymbolStreamOptions extends EncodeOptions {
  /**
   * Number of symbols. A constant stream, or one of run lengths, of a few bytes holds any number, so this is the
   * caller's word: check it against what the symbols are for before asking.
   */
  readonly count: number;
  /** Added to the byte offsets that errors carry; default 0. */
  readonly baseOffset?: number;
  /**
   * Where the symbols go: `count` elements, of 8 bits if the alphabet is at most 256, else of 16; may lie on a
   * SharedArrayBuffer. If decoding fails, what it holds is undefined. By default a new array.
   */
  readonly into?: Codes;
  /** Told what the stream takes, once it is decoded. */
  readonly onSize?: (size: SymbolStreamSize) => void;
}

/**
 * A stream of symbols in the mode that takes the fewest bytes: constant, runs, fixed, huffman, or huffman-chunked, which
 * is for more than 65,536 symbols (docs/format.md, "Symbol streams").
 *
 * @returns the stream, which may be a view of a buffer that has a little room left; no bytes at all if there is no symbol, or
 * none to choose from
 * @throws TypeError on wrong arguments, RangeError if a symbol is outside the alphabet
 */
export function encodeSymbols(symbols: Codes, options: EncodeOptions): Uint8Array {
  return planSymbols(symbols, options).write();
}

/** How a stream is written. */
export function planSymbols(symbols: Codes, options: EncodeOptions): StreamPlan {
  checkCodes("symbols", symbols);
  const alphabet = checkInteger("alphabet", options?.alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  return planStream(symbols, { alphabet, encoder: chunkEncoder(options.kernels) });
}

/**
 * The symbols that {@link encodeSymbols} wrote. Strict: up to 65,536 symbols it succeeds only on the very bytes that
 * encoding the symbols gives; beyond that the writer chose mode and prefix codes, and the bytes must be whole and
 * consistent. Memory is taken for `count` symbols, in the modes fixed and huffman only after the bytes are found to be enough for them.
 *
 * @returns `into`, or a Uint8Array if `alphabet` is at most 256, else a Uint16Array
 * @throws TypeError, RangeError on wrong arguments
 * @throws FormatError if the bytes are no such stream: any error code of docs/format.md, section 4
 */
export function decodeSymbols(bytes: Uint8Array, options: SymbolStreamOptions): Codes {
  const { symbols, bits } = decodeStream(bytes, options);
  options.onSize?.(sizeOf(bits));
  return symbols;
}

/** The symbols and how they are written. */
export function decodeStream(bytes: Uint8Array, options: SymbolStreamOptions): DecodedStream {
  return readStream(encodedStream(bytes, options));
}

/** The stream to read, its arguments checked. @throws TypeError, RangeError */
export function encodedStream(bytes: Uint8Array, options: SymbolStreamOptions): EncodedStream {
  const alphabet = checkInteger("alphabet", options?.alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  const count = checkInteger("count", options.count);
  const { baseOffset = 0, into } = options;
  if (into !== undefined) checkRoom(into, alphabet, count);
  return { bytes, alphabet, count, baseOffset, into, decoders: chunkDecoders(options.kernels) };
}

function checkRoom(into: Codes, alphabet: number, count: number): void {
  checkTypedArray<Codes>("into", into, alphabet <= 256 ? Uint8Array : Uint16Array);
  checkLength("into", into.length, count);
}
