import type { ChunkCounts } from "./chunk-counts";
import { type StreamCode, streamCode } from "./stream-code";

/** Most codes of a stream: the number of a chunk's code fits in a byte. */
export const MAX_CODES = 256;

/** The codes of a chunked stream, in the order in which chunks first use them. */
export interface ChunkCodes {
  readonly codes: readonly StreamCode[];
  /** By chunk: which code. */
  readonly codeOf: Uint8Array;
}

/** One code for all chunks. */
export function oneCode(counts: ChunkCounts): ChunkCodes {
  return { codes: [streamCode(counts.total)], codeOf: new Uint8Array(counts.chunks) };
}
