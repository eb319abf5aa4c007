import { codeLengths, symbolStreamSize } from "@deep-compression/huffman";

/** Up to here the size of a stream follows from its counts; longer streams come in chunks of so many symbols. */
export const EXACT_SYMBOLS = 65536;

/** Bytes of a chunk's header and of the padding of its four streams, about. */
const CHUNK_OVERHEAD = 10;

/** Bytes of a code-length table that a chunked stream has besides the first, about. */
const TABLE_BYTES = 40;

/** Run lengths of a dominant symbol, which a code of whole bits serves badly, come about as close to its entropy. */
const RUNS_REDUNDANCY = 1.03;

/** Codes of so many symbols have 12 bits at most. */
const SHORT_ALPHABET = 1024;

/** More tables than this are seldom worth their bytes. */
const MOST_TABLES = 12;

/**
 * Bytes of a stream, from the counts of its symbols chunk by chunk. For a single chunk they are exact, unless run
 * lengths take fewer; for more they are estimated: what a Huffman code for all takes, or the entropy of each chunk with as
 * much redundancy, as if up to 12 codes suit all chunks.
 */
export function streamCost(chunks: readonly Uint32Array[]): number {
  const total = chunks.length === 1 ? chunks[0] : sumOf(chunks);
  const { bits, symbols } = entropy(total);
  if (symbols <= EXACT_SYMBOLS) return Math.min(symbolStreamSize(total).bytes, runsCost(total));
  const overhead = CHUNK_OVERHEAD * Math.ceil(symbols / EXACT_SYMBOLS) + TABLE_BYTES;
  const redundancy = bits > 0 ? Math.min(huffmanBits(total) / bits, RUNS_REDUNDANCY) : 1;
  const several = chunks.reduce((sum, counts) => sum + entropy(counts).bits, 0);
  const tables = TABLE_BYTES * Math.min(MOST_TABLES, chunks.length - 1);
  return Math.ceil(overhead + Math.min((bits * redundancy) / 8, (several * redundancy) / 8 + tables));
}

function huffmanBits(counts: Uint32Array): number {
  const lengths = codeLengths(counts, { maxLength: counts.length <= SHORT_ALPHABET ? 12 : 20 });
  return lengths.reduce((bits, length, symbol) => bits + length * counts[symbol], 0);
}

/** A lower bound of what run lengths take, infinite where they are not worth trying. */
function runsCost(counts: Uint32Array): number {
  const { bits, symbols, most } = entropy(counts);
  return 2 * most <= symbols || most === symbols ? Number.POSITIVE_INFINITY : Math.ceil(bits / 8) + 4;
}

function entropy(counts: Uint32Array): { readonly bits: number; readonly symbols: number; readonly most: number } {
  let symbols = 0;
  let most = 0;
  let bits = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    symbols += count;
    if (count > most) most = count;
    bits -= count * log2(count);
  }
  return { bits: bits + symbols * log2(symbols), symbols, most };
}

function log2(count: number): number {
  return count > 0 ? Math.log2(count) : 0;
}

function sumOf(chunks: readonly Uint32Array[]): Uint32Array {
  const total = new Uint32Array(chunks[0]?.length ?? 1);
  for (const counts of chunks) for (let i = 0; i < counts.length; i++) total[i] += counts[i];
  return total;
}
