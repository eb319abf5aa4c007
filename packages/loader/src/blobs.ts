import type { ByteSource } from "@deep-compression/bits";

/** Bytes that are read at once. */
const PART_BYTES = 2 ** 22;

/** A source in a Blob, part by part. */
export function blobOfSource(source: ByteSource): Promise<Blob> {
  return blobOf(partsOf(source));
}

/** Each part becomes a Blob at once, so that the browser can keep it elsewhere, and its bytes are free. */
export async function blobOf(parts: AsyncIterable<Uint8Array>): Promise<Blob> {
  const blobs: Blob[] = [];
  for await (const part of parts) blobs.push(new Blob([part as Uint8Array<ArrayBuffer>]));
  return new Blob(blobs);
}

/** All bytes of a source, in parts. */
export async function* partsOf({ byteLength, slice }: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < byteLength; start += PART_BYTES)
    yield await slice(start, Math.min(byteLength, start + PART_BYTES));
}
