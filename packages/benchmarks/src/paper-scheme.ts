import { codeLengths, histogram } from "@deep-compression/huffman";
import { relativeIndex, type SparseVector } from "@deep-compression/sparse";
import { linearLloyd } from "./linear-lloyd";

/** A layer's bits before Huffman coding: 5 or 8 for a code, 4 or 5 for a gap (Deep Compression, tables 4 and 5). */
export interface PaperBits {
  readonly valueBits: number;
  readonly gapBits: number;
}

/** What the paper's scheme makes of a layer, counted as the paper counts. */
export interface PaperSize {
  /** Both Huffman coded streams, fillers among them, and a float32 codebook; no code tables, shapes or names. */
  readonly bytes: number;
  readonly fillers: number;
  /** Bits of a code and of a gap after Huffman coding. */
  readonly valueBits: number;
  readonly gapBits: number;
  readonly squaredError: number;
  /** Squared error over the sum of the squared weights. */
  readonly relativeError: number;
}

/** Deep Compression, sections 2 to 4: relative index with fillers, linear Lloyd codebook, Huffman codes for both streams. */
export function paperScheme(weights: SparseVector, bits: PaperBits): PaperSize {
  const size = 2 ** bits.valueBits;
  const { counts, squaredError: difference } = linearLloyd(weights.values, size);
  const squaredError = Math.max(0, difference); // a difference of sums, by rounding under 0 where every weight has its own value
  const { gaps } = relativeIndex({ gapBits: bits.gapBits }).encode(weights);
  const fillers = gaps.length - weights.positions.length;
  const valueStream = huffmanBits(Uint32Array.of(...counts, fillers));
  const gapStream = huffmanBits(histogram(gaps, 2 ** bits.gapBits));
  const energy = weights.values.reduce((sum, value) => sum + value * value, 0);
  return {
    bytes: Math.ceil(valueStream / 8) + Math.ceil(gapStream / 8) + 4 * size,
    fillers,
    valueBits: valueStream / gaps.length,
    gapBits: gapStream / gaps.length,
    squaredError,
    relativeError: squaredError / energy,
  };
}

/** Bits of symbols with these counts under their best prefix code. */
function huffmanBits(counts: Uint32Array): number {
  return codeLengths(counts, { maxLength: 24 }).reduce((bits, length, symbol) => bits + length * counts[symbol]!, 0);
}
