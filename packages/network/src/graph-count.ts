import { type ByteReader, FormatError } from "@deep-compression/bits";

/** A count of things that take at least one byte each. @throws FormatError "truncated" if the bytes left cannot hold them */
export function readCount(reader: ByteReader, what: string): number {
  const offset = reader.offset;
  const count = reader.varint();
  if (count <= reader.remaining) return count;
  throw new FormatError("truncated", `${count} ${what} in ${reader.remaining} bytes`, { offset });
}
