import { runsDominant, sizeOfFixed, sizeWithoutRuns } from "./cheapest-mode";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import { codeLengths, huffmanLengths, MAX_CODE_LENGTH } from "./code-lengths";
import { distinctSymbols, dominantSymbol, entropyBits, summedCounts, totalOf } from "./histogram";
import { codeLengthLimit } from "./prefix-code";
import { countedBits } from "./prefix-encoder";

/** Bytes of a chunk's header and of the padding of its four substreams, about. */
const CHUNK_OVERHEAD = 10;

/** Bytes of a code-length table that a chunked stream has besides the first, about. */
const TABLE_BYTES = 40;

/** Run lengths of a dominant symbol, which code words of whole bits serve badly, come about as close to its entropy. */
const RUNS_REDUNDANCY = 1.03;

/** More tables than this are seldom worth their bytes. */
const MOST_TABLES = 12;

/** Symbols of larger alphabets are taken at their entropy: code lengths are not worth their time there. */
const CODED_ALPHABET = 4096;

/** Bits of a symbol that does not occur. */
const ABSENT_BITS = 12;

/**
 * Bytes of a stream, from the counts of its symbols chunk by chunk. For a single chunk they are exact, unless run lengths
 * take fewer; for more they are estimated: what one prefix code for all takes, or the entropy of each chunk with as much
 * redundancy, as if up to 12 prefix codes suit all chunks.
 *
 * @param chunks counts of one alphabet, one array for each 65,536 symbols; one at least
 */
export function streamCost(chunks: readonly Uint32Array[]): number {
  const counts = chunks.length === 1 ? chunks[0]! : summedCounts(chunks);
  const symbols = totalOf(counts);
  const bits = entropyBits(counts);
  if (symbols <= CHUNK_SYMBOLS) return Math.min(sizeWithoutRuns(counts).bytes, leastRunsBytes(counts, symbols, bits));
  const overhead = CHUNK_OVERHEAD * Math.ceil(symbols / CHUNK_SYMBOLS) + TABLE_BYTES;
  const lengths = codeLengths(counts, { maxLength: codeLengthLimit(counts.length) });
  const redundancy = bits > 0 ? Math.min(countedBits(lengths, counts) / bits, RUNS_REDUNDANCY) : 1;
  const several = chunks.reduce((sum, chunk) => sum + entropyBits(chunk), 0);
  const tables = TABLE_BYTES * Math.min(MOST_TABLES, chunks.length - 1);
  return Math.ceil(overhead + Math.min((bits * redundancy) / 8, (several * redundancy) / 8 + tables));
}

/**
 * Bytes that a stream of symbols of these counts takes at least, unless their order makes run lengths take fewer: their
 * entropy and the shortest table, or as many bits each as tell them apart; 0 for more than one chunk. It is found in a tenth
 * of the time of {@link streamCost}.
 *
 * @param counts one a symbol of the alphabet
 */
export function leastStreamBytes(counts: Uint32Array): number {
  const symbols = totalOf(counts);
  if (symbols > CHUNK_SYMBOLS) return 0;
  const tableBits = runsDominant(counts, symbols) === undefined ? distinctSymbols(counts) : 0;
  return Math.ceil(Math.min(entropyBits(counts) + tableBits, sizeOfFixed(counts).dataBits) / 8);
}

/** About the least that run lengths take, whatever the order of the symbols; infinite where they are not tried. */
function leastRunsBytes(counts: Uint32Array, symbols: number, bits: number): number {
  const dominant = runsDominant(counts, symbols);
  if (dominant === undefined || 2 * counts[dominant]! === symbols) return Number.POSITIVE_INFINITY;
  return Math.ceil(bits / 8) + 4;
}

/**
 * About the bits of each symbol in a stream of these counts: those of a prefix code where no symbol prevails; where one does,
 * it is taken for the 0 of sparse weights, whose bits lie in the positions, and the others have a prefix code of their own.
 *
 * @param counts one a symbol of the alphabet
 * @returns bits, one a symbol of the alphabet
 */
export function symbolBits(counts: Uint32Array): ArrayLike<number> {
  const total = totalOf(counts);
  if (counts.length > CODED_ALPHABET) {
    return Float64Array.from(counts, (count) => Math.log2(total / Math.max(count, 1)));
  }
  const dominant = dominantSymbol(counts);
  const most = counts[dominant]!;
  if (2 * most <= total) return codedBits(counts);
  const others = codedBits(counts.map((count, symbol) => (symbol === dominant ? 0 : count)));
  const fraction = most / total;
  const present = fraction < 1 ? -Math.log2(1 - fraction) : 0;
  return others.map((length, symbol) => (symbol === dominant ? -Math.log2(fraction) : present + length));
}

function codedBits(counts: Uint32Array): Float64Array {
  const bits = new Float64Array(counts.length);
  if (distinctSymbols(counts) < 2) return bits.map((_, symbol) => (counts[symbol]! > 0 ? 0 : 1));
  const lengths = huffmanLengths(counts, MAX_CODE_LENGTH) ?? codeLengths(counts);
  for (let symbol = 0; symbol < bits.length; symbol++) bits[symbol] = lengths[symbol] || ABSENT_BITS;
  return bits;
}
