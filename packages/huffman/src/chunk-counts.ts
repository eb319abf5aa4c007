import type { Codes } from "@deep-compression/bits";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_STREAMS, chunkSymbols, chunksOf } from "./chunk-layout";
import { refuseSymbol } from "./histogram";

/** Up to this alphabet the counts of all streams are kept: 16 bytes a symbol of the alphabet and chunk. */
const KEPT_ALPHABET = 1024;

/** How often each symbol occurs in each stream of each chunk. */
export interface ChunkCounts {
  readonly alphabet: number;
  readonly chunks: number;
  /** Counts over all chunks. */
  readonly total: Uint32Array;
  /** Counts of each chunk; only for alphabets of up to 1,024. */
  readonly local?: readonly Uint32Array[];
  /** Counts of one chunk's four streams, one alphabet behind the other; valid until the next call. */
  streams(chunk: number): Uint32Array;
}

/** @throws RangeError if a symbol is outside the alphabet */
export function chunkCounts(
  symbols: Codes,
  options: { readonly alphabet: number; readonly encoder: ChunkEncoder },
): ChunkCounts {
  const { alphabet, encoder } = options;
  const chunks = chunksOf(symbols.length);
  const keep = alphabet <= KEPT_ALPHABET;
  const size = CHUNK_STREAMS * alphabet;
  const kept = new Uint32Array(size * (keep ? chunks : 1));
  const total = new Uint32Array(alphabet);
  const local: Uint32Array[] = [];
  // Symbols of a byte are counted without a look at the alphabet; those of 16 bits outside it share a place behind it.
  const stride = symbols instanceof Uint8Array ? 256 : alphabet + 1;

  function countChunk(chunk: number): Uint32Array {
    const rows = encoder.countStreams(chunkSymbols(symbols, chunk), stride);
    const target = placeOf(chunk);
    for (let stream = 0; stream < CHUNK_STREAMS; stream++) {
      target.set(rows.subarray(stream * stride, stream * stride + alphabet), stream * alphabet);
    }
    return target;
  }
  function placeOf(chunk: number): Uint32Array {
    return keep ? kept.subarray(chunk * size, (chunk + 1) * size) : kept;
  }

  for (let chunk = 0; chunk < chunks; chunk++) {
    const rows = countChunk(chunk);
    const counts = new Uint32Array(alphabet);
    let length = 0;
    for (let symbol = 0; symbol < alphabet; symbol++) {
      counts[symbol] =
        rows[symbol] + rows[alphabet + symbol] + rows[2 * alphabet + symbol] + rows[3 * alphabet + symbol];
      total[symbol] += counts[symbol];
      length += counts[symbol];
    }
    if (length < chunkSymbols(symbols, chunk).length) refuseSymbol(symbols, alphabet);
    if (keep) local.push(counts);
  }
  return { alphabet, chunks, total, ...(keep && { local }), streams: keep ? placeOf : countChunk };
}
