import type { Codes } from "@deep-compression/bits";
import { checkCodes, checkInteger, checkLength, checkTypedArray, type KernelOption } from "@deep-compression/runtime";
import { MAX_ALPHABET } from "./histogram";
import { type DecodedStream, type EncodedStream, readStream } from "./stream-reader";
import { planStream, type StreamPlan } from "./stream-writer";
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
}

/**
 * A stream of symbols in the form that takes the fewest bytes: constant, run lengths, fixed width, Huffman, or Huffman in
 * chunks of 65,536 symbols if there are more than that (docs/format.md, "Symbol streams").
 *
 * @returns the stream, which may be a view of a buffer that has a little room left; no bytes at all if there is no symbol, or
 * none to choose from
 * @throws TypeError, RangeError if a symbol is outside the alphabet
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
 * encoding the symbols gives; beyond that the writer chose form and codes, and the bytes must be whole and consistent.
 * Memory is taken for `count` symbols, in the Huffman and fixed forms only after the bytes are found to be enough for them.
 *
 * @returns `into`, or a Uint8Array if `alphabet` is at most 256, else a Uint16Array
 * @throws FormatError; TypeError, RangeError on wrong arguments
 */
export function decodeSymbols(bytes: Uint8Array, options: SymbolStreamOptions): Codes {
  return decodeStream(bytes, options).symbols;
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
