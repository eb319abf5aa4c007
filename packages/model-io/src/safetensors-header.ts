import { FormatError } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { isObject, keysInOrder, parseJson } from "./json-text";

/** Longest header read: the limit of the safetensors library itself. */
export const MAX_SAFETENSORS_HEADER = 100_000_000;

/** An entry of the header as JSON gave it. */
export interface HeaderEntry {
  readonly key: string;
  readonly value: unknown;
}

/** Bytes before the header: its length. */
export const LENGTH_BYTES = 8;

/**
 * Length of the header from the first bytes of a file.
 *
 * @param bytes the first {@link LENGTH_BYTES}, or all of a shorter file
 * @throws FormatError "truncated", "limit-exceeded"
 */
export function readHeaderLength(bytes: Uint8Array, fileLength: number): number {
  if (bytes.length < LENGTH_BYTES)
    throw new FormatError("truncated", "a safetensors file ends in its length", { offset: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length > MAX_SAFETENSORS_HEADER) {
    const message = `a safetensors header of ${length} bytes, at most ${MAX_SAFETENSORS_HEADER}`;
    throw new FormatError("limit-exceeded", message, { offset: 0 });
  }
  if (fileLength >= LENGTH_BYTES + Number(length)) return Number(length);
  throw new FormatError(
    "truncated",
    `a header of ${length} bytes in a file of ${fileLength}; is the download complete?`,
    {
      offset: fileLength,
    },
  );
}

/**
 * The entries of a header in the order in which they stand. White space may stand before and after it, as the library
 * takes it; a name may stand once only, though the library takes the last of two.
 *
 * @throws FormatError
 */
export function readHeaderEntries(bytes: Uint8Array): readonly HeaderEntry[] {
  const { text, value } = parseJson(bytes, { what: "the safetensors header", offset: LENGTH_BYTES });
  if (!isObject(value)) {
    throw new FormatError("bad-magic", "the safetensors header is no JSON object", { offset: LENGTH_BYTES });
  }
  const seen = new Set<string>();
  return keysInOrder(text).map((key) => {
    if (seen.has(key)) {
      const message = `two tensors are named ${quoted(key)}`;
      throw new FormatError("duplicate-name", message, { offset: LENGTH_BYTES, tensor: key });
    }
    seen.add(key);
    return { key, value: value[key] };
  });
}
