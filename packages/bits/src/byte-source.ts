import { checkBytes, describeValue } from "@deep-compression/runtime";
import { FormatError } from "./format-error";

/**
 * Anything that bytes can be sliced from: a Uint8Array, or an object over a file, a Blob or a URL that answers range
 * requests. A Blob itself is none: its slices are Blobs.
 */
export interface ByteSource {
  readonly byteLength: number;
  /** Bytes `start` up to, not including, `end` (default: the end of the source). */
  slice(start: number, end?: number): Uint8Array | Promise<Uint8Array>;
  /** "copies": each slice is an array that nobody else holds, so that whoever asked for it may give it away. */
  readonly slices?: "copies";
}

/** A source over bytes in memory; slices are views, not copies. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  checkBytes("bytes", bytes);
  return { byteLength: bytes.length, slice: (start, end) => bytes.subarray(start, end) };
}

const FROM_BLOB =
  ": give { byteLength: blob.size, slice: async (a, b) => new Uint8Array(await blob.slice(a, b).arrayBuffer()) }";

/** What has the members of a source, or looks as if it had, and slices into something else than bytes. */
const HINTS: Readonly<Record<string, string>> = {
  Blob: FROM_BLOB,
  File: FROM_BLOB,
  ArrayBuffer: ": give new Uint8Array(buffer)",
  SharedArrayBuffer: ": give new Uint8Array(buffer)",
};

/** Checks that an argument is a {@link ByteSource} and returns it. @throws TypeError that says how to make one of a Blob or a buffer */
export function checkSource(name: string, source: ByteSource): ByteSource {
  const length = source?.byteLength;
  const kind = describeValue(source);
  const hint = HINTS[kind];
  const isOne = Number.isSafeInteger(length) && length >= 0 && typeof source.slice === "function";
  if (isOne && hint === undefined) return source;
  throw new TypeError(`${name}: expected { byteLength, slice(start, end) }, got ${kind}${hint ?? ""}`);
}

/**
 * Exactly `length` bytes from `start`, as a plain Uint8Array: the `slice` of a Buffer would be a view of it and no copy.
 *
 * @throws FormatError "truncated" if the source gives fewer, TypeError if it gives more or no Uint8Array
 */
export async function readExactly(source: ByteSource, start: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const bytes = checkBytes("source.slice()", await source.slice(start, start + length));
  if (bytes.length > length) {
    throw new TypeError(`source.slice(): expected ${length} bytes, got ${bytes.length}`);
  }
  if (bytes.length < length) {
    const offset = start + bytes.length;
    throw new FormatError("truncated", `${length} bytes wanted from ${start}, the source gave ${bytes.length}`, {
      offset,
    });
  }
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, length);
}
