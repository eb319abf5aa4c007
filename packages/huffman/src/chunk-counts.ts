import type { Codes } from "@deep-compression/bits";
import type { ChunkEncoder } from "./chunk-encoder";
import { CHUNK_STREAMS, chunkSymbols, chunksOf } from "./chunk-layout";

/** Up to this alphabet the counts of all streams are kept: 8 bytes a symbol of the alphabet and chunk. */
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
  streams(chunk: number): Uint16Array;
}

/** @throws RangeError if a symbol is outside the alphabet */
export function chunkCounts(
  symbols: Codes,
  options: { readonly alphabet: number; readonly encoder: ChunkEncoder },
): ChunkCounts {
  const { alphabet, encoder } = options;
  const chunks = chunksOf(symbols.length);
  const kept = alphabet <= KEPT_ALPHABET;
  const size = CHUNK_STREAMS * alphabet;
  const counts = new Uint16Array(kept ? chunks * size : size);
  // Symbols of a byte are counted without a look at the alphabet; those of 16 bits outside it share a place behind it.
  const stride = symbols instanceof Uint8Array ? 256 : alphabet + 1;
  const total = new Uint32Array(stride);

  function rowsOf(chunk: number): Uint32Array[] {
    const rows = encoder.countStreams(chunkSymbols(symbols, chunk), stride);
    return Array.from({ length: CHUNK_STREAMS }, (_, stream) => rows.subarray(stream * stride, (stream + 1) * stride));
  }
  function keep(rows: readonly Uint32Array[], target: Uint16Array): Uint16Array {
    for (const [stream, row] of rows.entries()) target.set(row.subarray(0, alphabet), stream * alphabet);
    return target;
  }
  function place(chunk: number): Uint16Array {
    return kept ? counts.subarray(chunk * size, (chunk + 1) * size) : counts;
  }

  const local: Uint32Array[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    const rows = rowsOf(chunk);
    const [a, b, c, d] = rows;
    const sum = a.map((count, symbol) => count + b[symbol] + c[symbol] + d[symbol]);
    for (let symbol = 0; symbol < stride; symbol++) total[symbol] += sum[symbol];
    if (kept) {
      keep(rows, place(chunk));
      local.push(sum.subarray(0, alphabet));
    }
  }
  if (total.subarray(alphabet).some((number) => number > 0)) refuse(symbols, alphabet);
  return {
    alphabet,
    chunks,
    total: total.subarray(0, alphabet),
    ...(kept && { local }),
    streams: (chunk) => (kept ? place(chunk) : keep(rowsOf(chunk), place(chunk))),
  };
}

function refuse(symbols: Codes, alphabet: number): never {
  const index = symbols.findIndex((symbol) => symbol >= alphabet);
  throw new RangeError(`symbols[${index}]: expected less than ${alphabet}, got ${symbols[index]}`);
}
