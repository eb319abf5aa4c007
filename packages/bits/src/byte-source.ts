import { checkBytes } from "./arguments";
import { FormatError } from "./format-error";

/** Anything that bytes can be sliced from: an array, a file, a Blob, a URL that answers range requests. */
export interface ByteSource {
  readonly byteLength: number;
  /** Bytes `start` up to, not including, `end` (default: the end of the source). */
  slice(start: number, end?: number): Uint8Array | Promise<Uint8Array>;
}

/** A source over bytes in memory; slices are views, not copies. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  checkBytes("bytes", bytes);
  return { byteLength: bytes.length, slice: (start, end) => bytes.subarray(start, end) };
}

/**
 * Exactly `length` bytes from `start`.
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
  return bytes;
}
