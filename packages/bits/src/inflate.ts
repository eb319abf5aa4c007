import { checkBytes, checkInteger } from "@deep-compression/runtime";
import { FormatError } from "./format-error";
import { inflater } from "./inflater";
import { inflatedByPlatform } from "./platform-inflate";

/** What a reader of a deflate stream knows beside its bytes. */
export interface InflateOptions {
  /** Bytes that the stream stands for. */
  readonly length: number;
  /** Bytes that its window begins with, of which the last 32,768 count; none by default. */
  readonly dictionary?: Uint8Array;
}

/** Bytes that matches may look back at. */
const WINDOW_BYTES = 2 ** 15;

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
  const { window, fill, expectEnd } = stream;
  const buffer = new Uint8Array(window.length + options.length);
  buffer.set(window);
  fill(buffer, window.length, buffer.length, 0);
  expectEnd(buffer);
  return window.length === 0 ? buffer : buffer.slice(window.length);
}

/**
 * As {@link inflate}, piece by piece: each holds until the next is asked for.
 *
 * @throws as {@link inflate}
 */
export function* inflatePieces(bytes: Uint8Array, options: InflateOptions): Generator<Uint8Array, void, void> {
  const { window, fill, expectEnd } = inflating(bytes, options);
  // Every piece is written behind the window, to which its end is moved then.
  const buffer = new Uint8Array(WINDOW_BYTES + Math.min(PIECE_BYTES, options.length));
  let start = WINDOW_BYTES - window.length;
  buffer.set(window, start);
  for (let left = options.length; left > 0; ) {
    const end = Math.min(buffer.length, WINDOW_BYTES + left);
    fill(buffer, WINDOW_BYTES, end, start);
    left -= end - WINDOW_BYTES;
    yield buffer.subarray(WINDOW_BYTES, end);
    buffer.copyWithin(0, end - WINDOW_BYTES, end);
    start = Math.max(0, start - (end - WINDOW_BYTES));
  }
  expectEnd(buffer.subarray(start, WINDOW_BYTES));
}

function inflating(bytes: Uint8Array, { length, dictionary = new Uint8Array(0) }: InflateOptions) {
  checkBytes("bytes", bytes);
  checkInteger("length", length);
  checkBytes("dictionary", dictionary);
  if (length > MAX_BYTES_PER_DEFLATED_BYTE * bytes.length) {
    const message = `${length} bytes cannot be deflated to ${bytes.length}`;
    throw new FormatError("truncated", message, { offset: bytes.length });
  }
  const stream = inflater(bytes);

  function fail(code: "truncated" | "trailing-data" | "out-of-range", message: string): never {
    throw new FormatError(code, message, { offset: stream.position });
  }
  function refuseBroken(): void {
    if (stream.end === "invalid") fail("out-of-range", `this is no deflate stream: ${stream.problem}`);
  }
  return {
    window: dictionary.subarray(-WINDOW_BYTES),
    /** Fills a part of a buffer. `start` of what stands before it. */
    fill(buffer: Uint8Array, at: number, end: number, start: number): void {
      const reached = stream.write(buffer, at, end, start);
      if (reached === end) return;
      refuseBroken();
      const how = stream.end === "ended" ? "ends" : "breaks off";
      fail("truncated", `the deflate stream ${how} before its ${length} bytes are there`);
    },
    /** Checks that no byte follows the last ones, which are given. */
    expectEnd(last: Uint8Array): void {
      stream.write(last, last.length, last.length, 0);
      refuseBroken();
      if (stream.end === "open") fail("trailing-data", `the deflate stream goes on behind its ${length} bytes`);
      if (stream.end !== "ended") fail("truncated", "the deflate stream has no end");
      const left = bytes.length - stream.position;
      if (left > 0) fail("trailing-data", `${left} bytes behind the deflate stream`);
    },
  };
}
