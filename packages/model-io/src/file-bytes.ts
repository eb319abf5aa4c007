import { FormatError } from "@deep-compression/bits";

/** The same memory as a plain Uint8Array: the slice of a Node Buffer, unlike that of an Uint8Array, does not copy. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of `bytes` with every group of `size` bytes reversed: big-endian numbers to little-endian and back. */
export function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes);
  if (size === 1) return result;
  for (let start = 0; start < result.length; start += size) result.subarray(start, start + size).reverse();
  return result;
}

/** @throws FormatError "truncated", "trailing-data" unless a file is as long as its head says; `expected` may be absurd, even NaN */
export function assertFileLength(what: string, length: { readonly expected: number; readonly actual: number }): void {
  const { expected, actual } = length;
  if (expected === actual) return;
  const message = `${what} needs a file of ${expected} bytes, got ${actual}`;
  if (expected < actual) throw new FormatError("trailing-data", message, { offset: expected });
  throw new FormatError("truncated", message, { offset: actual });
}
