import type { Codes } from "@deep-compression/bits";
import { CHUNK_STREAMS, CHUNK_SYMBOLS, chunkSymbols, chunksOf } from "./chunk-layout";
import type { Kernels } from "./kernels";

/** Up to this alphabet the counts of all streams are kept: 8 bytes a symbol of the alphabet and chunk. */
const KEPT_ALPHABET = 1024;

/** How often each symbol occurs in each stream of each chunk. */
export interface ChunkCounts {
  readonly alphabet: number;
  readonly chunks: number;
  /** Counts over all chunks. */
  readonly total: Uint32Array;
  /** Whether the counts of every chunk are at hand; else they are counted again for each call. */
  readonly kept: boolean;
  /** Counts of one chunk's four streams, one alphabet behind the other; valid until the next call. */
  streams(chunk: number): Uint16Array;
}

/** @throws RangeError if a symbol is outside the alphabet */
export function chunkCounts(
  symbols: Codes,
  options: { readonly alphabet: number; readonly kernels: Kernels },
): ChunkCounts {
  const { alphabet, kernels } = options;
  const chunks = chunksOf(symbols.length);
  const kept = alphabet <= KEPT_ALPHABET;
  const size = CHUNK_STREAMS * alphabet;
  const counts = new Uint16Array(kept ? chunks * size : size);
  const total = new Uint32Array(alphabet);
  // Symbols of a byte are counted without a look at the alphabet; those of 16 bits outside it share a place behind it.
  const stride = symbols instanceof Uint8Array ? 256 : alphabet + 1;

  function count(chunk: number, target: Uint16Array): void {
    const rows = kernels.countStreams(chunkSymbols(symbols, chunk), stride);
    for (let stream = 0; stream < CHUNK_STREAMS; stream++) {
      const row = rows.subarray(stream * stride, (stream + 1) * stride);
      if (row.subarray(alphabet).some((number) => number > 0)) refuse(symbols, alphabet, chunk);
      target.set(row.subarray(0, alphabet), stream * alphabet);
    }
  }
  function streams(chunk: number): Uint16Array {
    if (kept) return counts.subarray(chunk * size, (chunk + 1) * size);
    count(chunk, counts);
    return counts;
  }

  for (let chunk = 0; chunk < chunks; chunk++) {
    if (kept) count(chunk, streams(chunk));
    const all = streams(chunk);
    for (let i = 0; i < size; i++) total[i % alphabet] += all[i];
  }
  return { alphabet, chunks, total, kept, streams };
}

function refuse(symbols: Codes, alphabet: number, chunk: number): never {
  const index = symbols.findIndex((symbol, i) => i >= chunk * CHUNK_SYMBOLS && symbol >= alphabet);
  throw new RangeError(`symbols[${index}]: expected less than ${alphabet}, got ${symbols[index]}`);
}
