import { type ByteSource, bytesSource } from "@deep-compression/bits";

/** Files up to this size are read whole: that is one read instead of one for each tensor. */
const WHOLE_BYTES = 2 ** 27;

/** The bytes of a Blob or of a file that somebody chose. */
export async function blobSource(blob: Blob): Promise<ByteSource> {
  if (blob.size <= WHOLE_BYTES) return bytesSource(new Uint8Array(await blob.arrayBuffer()));
  return {
    byteLength: blob.size,
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}
