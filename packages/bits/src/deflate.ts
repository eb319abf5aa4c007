import { checkBytes, checkChoice, checkInteger } from "@deep-compression/runtime";
import {
  Z_BLOCK,
  Z_DEFAULT_STRATEGY,
  Z_FINISH,
  Z_NO_FLUSH,
  Z_RLE,
  ZStream,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateSetDictionary,
} from "pako";
import type { Codec } from "./codec";
import { type InflateOptions, inflate } from "./inflate";

export { type InflateOptions, inflate, inflatePieces, MAX_BYTES_PER_DEFLATED_BYTE } from "./inflate";

/** How bytes are deflated; any reader takes what comes out. */
export interface DeflateOptions {
  /** Bytes that the window begins with, of which the last 32,768 count; the reader must have the same. */
  readonly dictionary?: Uint8Array;
  /** From 1, the fastest, to 9, which takes the fewest bytes and is the default. */
  readonly level?: number;
  /**
   * "all", the default, or "runs": nothing but repetitions of the byte before, which suits the planes of floats. Of normally
   * distributed float32s it leaves 83.7 % instead of 84.8 at level 6, three times as fast.
   */
  readonly matches?: "all" | "runs";
}

const DEFLATED = 8;

/** A window that no distance in the bytes is beyond takes the least memory, which small inputs notice: 4 times as fast. */
const MIN_WINDOW_BITS = 9;
const MAX_WINDOW_BITS = 15;
const MAX_MEMORY_LEVEL = 9;

/** Below this level speed is what counts, and the faster hash is taken, which finds no matches of 3 bytes. */
const CAREFUL_LEVEL = 6;

/** A raw deflate stream (RFC 1951; docs/format.md, "Deflated bytes"). @throws TypeError, RangeError */
export function deflate(bytes: Uint8Array, options: DeflateOptions = {}): Uint8Array {
  const { length } = checkBytes("bytes", bytes);
  return deflatePieces([bytes], { ...options, length, maxLength: mostBytes(length) })!; // never more than that
}

/** Pieces to deflate: bytes that need not be in memory at once. */
export interface PiecesOptions extends DeflateOptions {
  /** Sum of the pieces' lengths. */
  readonly length: number;
  /** Bytes that may come out. */
  readonly maxLength: number;
  /** A block of the stream ends where so many bytes have come, and their multiples: where statistics change. */
  readonly blockLength?: number;
}

/**
 * As {@link deflate}, of bytes that come piece by piece; undefined if more come out than may. Memory is taken for what may come
 * out, and for nothing else that grows with the length.
 *
 * @throws TypeError, RangeError
 */
export function deflatePieces(pieces: Iterable<Uint8Array>, options: PiecesOptions): Uint8Array | undefined {
  const { dictionary = new Uint8Array(0), level = 9, matches = "all", length, maxLength } = options;
  const { blockLength = Number.POSITIVE_INFINITY } = options;
  checkInteger("level", level, { minimum: 1, maximum: 9 });
  const strategy = checkChoice("matches", matches, ["all", "runs"]) === "runs" ? Z_RLE : Z_DEFAULT_STRATEGY;
  checkBytes("dictionary", dictionary);
  const stream = new ZStream();
  const windowBits = windowBitsOf(checkInteger("length", length) + dictionary.length);
  const memoryLevel = Math.min(MAX_MEMORY_LEVEL, windowBits - 6);
  zlibDeflateInit2(stream, level, DEFLATED, -windowBits, memoryLevel, strategy, level >= CAREFUL_LEVEL);
  if (dictionary.length > 0) zlibDeflateSetDictionary(stream, dictionary);
  const output = new Uint8Array(Math.min(mostBytes(length), checkInteger("maxLength", maxLength) + 1));
  stream.output = output;
  stream.avail_out = output.length;
  const push = (input: Uint8Array, flush: typeof Z_NO_FLUSH | typeof Z_BLOCK | typeof Z_FINISH) => {
    stream.input = input;
    stream.next_in = 0;
    stream.avail_in = input.length;
    zlibDeflate(stream, flush);
  };
  let given = 0;
  for (const piece of pieces) {
    given += checkBytes("a piece", piece).length;
    push(piece, given % blockLength === 0 ? Z_BLOCK : Z_NO_FLUSH);
    if (stream.next_out > maxLength) return undefined;
  }
  push(new Uint8Array(0), Z_FINISH);
  const { next_out: end } = stream;
  if (end > maxLength) return undefined;
  return end > output.length / 2 ? output.subarray(0, end) : output.slice(0, end);
}

/** More than deflate makes of so many bytes, whatever they and its parameters are: zlib's bound, and some. */
function mostBytes(length: number): number {
  return length + Math.ceil(length / 8) + Math.ceil(length / 64) + 64;
}

function windowBitsOf(length: number): number {
  const bits = length < 2 ? 0 : Math.ceil(Math.log2(length));
  return Math.min(MAX_WINDOW_BITS, Math.max(MIN_WINDOW_BITS, bits));
}

/**
 * The codec of bytes of a known length to a raw deflate stream.
 *
 * @throws TypeError, RangeError for the options, and in `encode` for bytes of another length
 * @throws FormatError in `decode`, as {@link inflate}
 */
export function deflated(options: InflateOptions & DeflateOptions): Codec<Uint8Array, Uint8Array> {
  const length = checkInteger("length", options.length);
  return Object.freeze({
    name: "deflated",
    encode(bytes: Uint8Array) {
      if (checkBytes("bytes", bytes).length === length) return deflate(bytes, options);
      throw new RangeError(`bytes: expected ${length}, got ${bytes.length}`);
    },
    decode: (bytes: Uint8Array) => inflate(bytes, options),
  });
}
