import { elementCount, FormatError } from "@deep-compression/bits";

/**
 * The section of a raw tensor is its elements as they are (docs/format.md, "Raw"): returns `bytes` if they are as many as the
 * shape needs.
 *
 * @param options.bits of an element; elements of 4 bits are packed two a byte
 * @throws FormatError "truncated", "trailing-data"
 */
export function decodeRaw(
  bytes: Uint8Array,
  options: { readonly shape: readonly number[]; readonly bits: number },
): Uint8Array {
  const { shape, bits } = options;
  const expected = Math.ceil((bits * elementCount(shape)) / 8);
  if (bytes.length === expected) return bytes;
  const code = bytes.length < expected ? "truncated" : "trailing-data";
  throw new FormatError(code, `[${shape}] takes ${expected} bytes, got ${bytes.length}`, { offset: 0 });
}
