import { checkBytes, checkInteger } from "@deep-compression/runtime";
import { Z_NO_FLUSH, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2, zlibInflateSetDictionary } from "pako";
import { FormatError } from "./format-error";
import { inflatedByPlatform } from "./platform-inflate";

/** What a reader of a deflate stream knows beside its bytes. */
export interface InflateOptions {
  /** Bytes that the stream stands for. */
  readonly length: number;
  /** Bytes that its window begins with, of which the last 32,768 count; none by default. */
  readonly dictionary?: Uint8Array;
}

/** A stream without the wrappers of zlib or gzip, whose window is 2^15 bytes. */
const RAW_WINDOW_BITS = -15;

/** The longest match, 258 bytes, takes at least two bits: four of them a byte. */
export const MAX_BYTES_PER_DEFLATED_BYTE = 1032;

/** Bytes of a piece: few, so that one stays in a cache. */
const PIECE_BYTES = 2 ** 16;

/**
 * The bytes that a raw deflate stream stands for (RFC 1951; docs/format.md, "Deflated bytes"). No memory is taken for more
 * than the stream could hold.
 *
 * @throws FormatError "truncated" if they are fewer than `length`, "trailing-data" if they are more or bytes follow the
 * stream, "out-of-range" if it is none; RangeError, TypeError for the options
 */
export function inflate(bytes: Uint8Array, options: InflateOptions): Uint8Array {
  const stream = inflating(bytes, options);
  const sooner = inflatedByPlatform(bytes, options);
  if (sooner !== undefined) return sooner;
  const whole = new Uint8Array(options.length);
  let filled = 0;
  do filled += stream.next(whole.subarray(filled));
  while (filled < whole.length);
  stream.expectEnd();
  return whole;
}

/**
 * As {@link inflate}, piece by piece: each holds until the next is asked for.
 *
 * @throws as {@link inflate}
 */
export function* inflatePieces(bytes: Uint8Array, options: InflateOptions): Generator<Uint8Array, void, void> {
  const stream = inflating(bytes, options);
  const piece = new Uint8Array(Math.min(PIECE_BYTES, options.length));
  for (let left = options.length; left > 0; ) {
    const filled = stream.next(piece.subarray(0, left));
    left -= filled;
    yield piece.subarray(0, filled);
  }
  stream.expectEnd();
}

function inflating(bytes: Uint8Array, { length, dictionary }: InflateOptions) {
  checkBytes("bytes", bytes);
  checkInteger("length", length);
  if (length > MAX_BYTES_PER_DEFLATED_BYTE * bytes.length) {
    const message = `${length} bytes cannot be deflated to ${bytes.length}`;
    throw new FormatError("truncated", message, { offset: bytes.length });
  }
  const stream = new ZStream();
  zlibInflateInit2(stream, RAW_WINDOW_BITS);
  if (dictionary !== undefined) zlibInflateSetDictionary(stream, checkBytes("dictionary", dictionary));
  stream.input = bytes;
  stream.avail_in = bytes.length;

  /** Writes into `output` and tells how much; at its end the stream may have more. */
  function step(output: Uint8Array): number {
    stream.output = output as Uint8Array<ArrayBuffer>;
    stream.next_out = 0;
    stream.avail_out = output.length;
    ended = zlibInflate(stream, Z_NO_FLUSH) === Z_STREAM_END;
    return stream.next_out;
  }
  function fail(code: "truncated" | "trailing-data" | "out-of-range", message: string): never {
    throw new FormatError(code, message, { offset: stream.next_in });
  }
  let ended = false;
  return {
    next(output: Uint8Array): number {
      const filled = ended ? 0 : step(output);
      if (filled > 0 || output.length === 0) return filled;
      if (ended) return fail("truncated", `the deflate stream ends before its ${length} bytes are there`);
      if (stream.msg !== "") return fail("out-of-range", `this is no deflate stream: ${stream.msg}`);
      return fail("truncated", `the deflate stream breaks off before its ${length} bytes are there`);
    },
    expectEnd(): void {
      if (!ended && step(new Uint8Array(1)) > 0)
        fail("trailing-data", `the deflate stream goes on behind its ${length} bytes`);
      if (!ended && stream.msg !== "") fail("out-of-range", `this is no deflate stream: ${stream.msg}`);
      if (!ended) fail("truncated", "the deflate stream has no end");
      if (stream.avail_in > 0) fail("trailing-data", `${stream.avail_in} bytes behind the deflate stream`);
    },
  };
}
