import { CHUNK_SYMBOLS } from "./chunk-layout";
import { codeLengths } from "./code-lengths";
import { distinctSymbols, dominantSymbol } from "./histogram";
import { countedBits } from "./prefix-encoder";
import { codeLengthLimit } from "./stream-code";
import { runsDominant, sizeWithoutRuns } from "./stream-plan";

/** Bytes of a chunk's header and of the padding of its four streams, about. */
const CHUNK_OVERHEAD = 10;

/** Bytes of a code-length table that a chunked stream has besides the first, about. */
const TABLE_BYTES = 40;

/** Run lengths of a dominant symbol, which a code of whole bits serves badly, come about as close to its entropy. */
const RUNS_REDUNDANCY = 1.03;

/** More tables than this are seldom worth their bytes. */
const MOST_TABLES = 12;

/** Symbols of larger alphabets are taken at their entropy: code lengths are not worth their time there. */
const CODED_ALPHABET = 4096;

/** Bits of a symbol that does not occur. */
const ABSENT_BITS = 12;

/**
 * Bytes of a stream, from the counts of its symbols chunk by chunk. For a single chunk they are exact, unless run
 * lengths take fewer; for more they are estimated: what a Huffman code for all takes, or the entropy of each chunk with as
 * much redundancy, as if up to 12 codes suit all chunks.
 *
 * @param chunks counts of one alphabet, one array for each 65,536 symbols; one at least
 */
export function streamCost(chunks: readonly Uint32Array[]): number {
  const total = chunks.length === 1 ? chunks[0] : sumOf(chunks);
  const { bits, symbols } = entropy(total);
  if (symbols <= CHUNK_SYMBOLS) return Math.min(sizeWithoutRuns(total).bytes, leastRunsBytes(total, { bits, symbols }));
  const overhead = CHUNK_OVERHEAD * Math.ceil(symbols / CHUNK_SYMBOLS) + TABLE_BYTES;
  const lengths = codeLengths(total, { maxLength: codeLengthLimit(total.length) });
  const redundancy = bits > 0 ? Math.min(countedBits(lengths, total) / bits, RUNS_REDUNDANCY) : 1;
  const several = chunks.reduce((sum, counts) => sum + entropy(counts).bits, 0);
  const tables = TABLE_BYTES * Math.min(MOST_TABLES, chunks.length - 1);
  return Math.ceil(overhead + Math.min((bits * redundancy) / 8, (several * redundancy) / 8 + tables));
}

/** A lower bound of what run lengths take, infinite where they are not tried. */
function leastRunsBytes(counts: Uint32Array, { bits, symbols }: Entropy): number {
  const dominant = runsDominant(counts, symbols);
  if (dominant === undefined || 2 * counts[dominant] === symbols) return Number.POSITIVE_INFINITY;
  return Math.ceil(bits / 8) + 4;
}

interface Entropy {
  readonly bits: number;
  readonly symbols: number;
}

function entropy(counts: Uint32Array): Entropy {
  let symbols = 0;
  let bits = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    symbols += count;
    bits -= count * log2(count);
  }
  return { bits: bits + symbols * log2(symbols), symbols };
}

function log2(count: number): number {
  return count > 0 ? Math.log2(count) : 0;
}

function sumOf(chunks: readonly Uint32Array[]): Uint32Array {
  const total = new Uint32Array(chunks[0]?.length ?? 1);
  for (const counts of chunks) for (let i = 0; i < counts.length; i++) total[i] += counts[i];
  return total;
}

/**
 * About the bits of each symbol in a stream of these counts: of a Huffman code where no symbol prevails; where one does, it is
 * taken for the 0 of sparse weights, whose bits lie in the positions, and the others have a Huffman code of their own.
 *
 * @param counts one a symbol of the alphabet
 */
export function symbolBits(counts: Uint32Array): ArrayLike<number> {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length > CODED_ALPHABET) {
    return Float64Array.from(counts, (count) => Math.log2(total / Math.max(count, 1)));
  }
  const most = dominantSymbol(counts);
  if (2 * counts[most] <= total) return huffmanBits(counts);
  const others = huffmanBits(counts.map((count, symbol) => (symbol === most ? 0 : count)));
  const fraction = counts[most] / total;
  const present = fraction < 1 ? -Math.log2(1 - fraction) : 0;
  return others.map((length, symbol) => (symbol === most ? -Math.log2(fraction) : present + length));
}

function huffmanBits(counts: Uint32Array): Float64Array {
  if (distinctSymbols(counts) < 2) return Float64Array.from(counts, (count) => (count > 0 ? 0 : 1));
  return Float64Array.from(codeLengths(counts), (length) => (length === 0 ? ABSENT_BITS : length));
}
