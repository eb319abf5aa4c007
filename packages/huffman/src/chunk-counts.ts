import type { Codes } from "@deep-compression/bits";
import type { ChunkEncoder } from "./chunk-kernels";
import { chunkSymbols, chunksOf } from "./chunk-layout";
import { refuseSymbol } from "./histogram";

/** Up to this alphabet the counts of all chunks are kept: 4 bytes a symbol of the alphabet and chunk. */
const KEPT_ALPHABET = 1024;

/** How often each symbol occurs. */
export interface ChunkCounts {
  /** Over all chunks. */
  readonly total: Uint32Array;
  /** In each chunk; only for alphabets of up to 1,024. */
  readonly local?: readonly Uint32Array[];
}

/** Counts the symbols of a stream, chunk by chunk. @throws RangeError if a symbol is outside the alphabet */
export function chunkCounts(
  symbols: Codes,
  options: { readonly alphabet: number; readonly encoder: ChunkEncoder },
): ChunkCounts {
  const { alphabet, encoder } = options;
  const total = new Uint32Array(alphabet);
  const local: Uint32Array[] = [];
  // Symbols of 16 bits outside the alphabet share a place behind it, those of a byte have places of their own.
  const size = symbols instanceof Uint8Array ? 256 : alphabet + 1;
  for (let chunk = 0; chunk < chunksOf(symbols.length); chunk++) {
    const all = chunkSymbols(symbols, chunk);
    const counts = new Uint32Array(alphabet);
    counts.set(encoder.countChunk(all, size).subarray(0, alphabet));
    let length = 0;
    for (let symbol = 0; symbol < alphabet; symbol++) {
      total[symbol]! += counts[symbol]!;
      length += counts[symbol]!;
    }
    if (length < all.length) refuseSymbol(symbols, alphabet);
    if (alphabet <= KEPT_ALPHABET) local.push(counts);
  }
  return { total, ...(alphabet <= KEPT_ALPHABET && { local }) };
}
