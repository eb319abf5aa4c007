import { deflate } from "@deep-compression/bits/deflate";
import { inflate } from "@deep-compression/bits/inflate";

/** Bytes as a file has them: deflated, or as they are, which the length 0 says (docs/format.md, "Deflated bytes"). */
export interface StoredBytes {
  readonly stored: Uint8Array;
  /** Bytes that the stored ones inflate to; 0: they are as they are. */
  readonly plainLength: number;
}

/** More bytes are deflated by a quick search: half the time, and a fraction of a percent more bytes. */
const CAREFUL_BYTES = 2 ** 24;

/** The bytes deflated, or as they are if that takes no more. */
export function deflateIfSmaller(bytes: Uint8Array, dictionary: Uint8Array): StoredBytes {
  const level = bytes.length > CAREFUL_BYTES ? 5 : 9;
  const stored = deflate(bytes, { dictionary, level });
  return stored.length < bytes.length ? { stored, plainLength: bytes.length } : { stored: bytes, plainLength: 0 };
}

/** The mirror of {@link deflateIfSmaller}. @throws FormatError */
export function plainBytes({ stored, plainLength }: StoredBytes, dictionary: Uint8Array): Uint8Array {
  return plainLength === 0 ? stored : inflate(stored, { length: plainLength, dictionary });
}
