import { type ByteReader, FormatError } from "@deep-compression/bits";

/** Reads a count of things that take at least one byte each, and checks it against the bytes that are left. */
export function readCount(reader: ByteReader, what: string): number {
  const offset = reader.offset;
  const count = reader.varint();
  if (count <= reader.remaining) return count;
  throw new FormatError("truncated", `${count} ${what} in ${reader.remaining} bytes`, { offset });
}
