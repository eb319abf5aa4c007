import type { ByteReader } from "./byte-reader";
import { FormatError } from "./format-error";

/**
 * Reads what `text` of a `ByteWriter` wrote: a varint, the length in bytes, then UTF-8.
 *
 * @param options.maxLength most bytes allowed
 * @throws FormatError "out-of-range" if it is not valid UTF-8, "limit-exceeded" if it is longer than `maxLength`,
 * "truncated"
 */
export function readText(reader: ByteReader, options: { readonly maxLength?: number } = {}): string {
  const length = reader.varint({ max: options.maxLength });
  const offset = reader.offset;
  const encoded = reader.bytes(length);
  try {
    // A byte order mark is kept, so that the text encodes to the same bytes again.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded);
  } catch {
    throw new FormatError("out-of-range", "a text is not valid UTF-8", { offset });
  }
}
