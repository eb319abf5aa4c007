import { crc32c, FormatError } from "@deep-compression/bits";
import { CHUNK_BYTES } from "./limits";

/** A run of bytes of the file with one CRC-32C a chunk (docs/format.md, "Checksums"). */
export interface StoredRange {
  readonly offset: number;
  readonly length: number;
  readonly checksums: readonly number[];
}

/** Names what is being verified, for the error. */
export interface RangeOwner {
  readonly tensor?: string;
  readonly section: string;
}

/** Checksums that `length` bytes have: one a chunk begun, none if there are no bytes. */
export function chunkCount(length: number): number {
  return Math.ceil(length / CHUNK_BYTES);
}

/** The CRC-32C of every chunk of `bytes`, in order. */
export function chunkChecksums(bytes: Uint8Array): number[] {
  return Array.from({ length: chunkCount(bytes.length) }, (_, chunk) => crc32c(chunkOf(bytes, chunk)));
}

/** Checks every chunk of a range whose bytes are all at hand. @throws FormatError "bad-checksum" */
export function checkRange(range: StoredRange, bytes: Uint8Array, owner: RangeOwner): void {
  for (let chunk = 0; chunk < range.checksums.length; chunk++) {
    checkChunk(range, { chunk, bytes: chunkOf(bytes, chunk) }, owner);
  }
}

/** Checks one chunk of a range. @throws FormatError "bad-checksum" */
export function checkChunk(
  range: StoredRange,
  part: { readonly chunk: number; readonly bytes: Uint8Array },
  owner: RangeOwner,
): void {
  if (crc32c(part.bytes) === range.checksums[part.chunk]) return;
  const offset = range.offset + part.chunk * CHUNK_BYTES;
  const what = owner.tensor === undefined ? owner.section : `${owner.section} of tensor "${owner.tensor}"`;
  throw new FormatError("bad-checksum", `${what}: the bytes from ${offset} do not match their checksum`, {
    offset,
    ...owner,
  });
}

function chunkOf(bytes: Uint8Array, chunk: number): Uint8Array {
  return bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
}
