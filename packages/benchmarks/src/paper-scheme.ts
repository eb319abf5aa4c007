import { codeLengths, histogram } from "@deep-compression/huffman";
import { relativeIndex, type SparseVector } from "@deep-compression/sparse";
import { prefixSums } from "./pruned-weights";

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
  const valueBits = huffmanBits(Uint32Array.of(...counts, fillers));
  const gapBits = huffmanBits(histogram(gaps, 2 ** bits.gapBits));
  const energy = weights.values.reduce((sum, value) => sum + value * value, 0);
  return {
    bytes: Math.ceil(valueBits / 8) + Math.ceil(gapBits / 8) + 4 * size,
    fillers,
    squaredError,
    relativeError: squaredError / energy,
  };
}

/** Bits of symbols with these counts under their best prefix code. */
function huffmanBits(counts: Uint32Array): number {
  return codeLengths(counts, { maxLength: 24 }).reduce((bits, length, symbol) => bits + length * counts[symbol]!, 0);
}

const TOLERANCE = 1e-4;
const MAX_ITERATIONS = 300;

/**
 * k-means as the paper describes it (section 3.1): centroids at equal steps from the least weight to the greatest, then
 * Lloyd's algorithm; a cluster that loses all its weights keeps its centroid. It stops as scikit-learn's KMeans does by
 * default: when the sum of squared moves of the centroids is at most 1e-4 times the variance, or after 300 iterations.
 *
 * @param values finite, at least one
 * @returns the weights in each cluster, of which some may be 0, and the squared error
 */
export function linearLloyd(
  values: Float32Array,
  size: number,
): { readonly counts: Uint32Array; readonly squaredError: number } {
  const sorted = values.slice().sort();
  const sums = prefixSums(sorted);
  const squares = prefixSums(Float64Array.from(sorted, (x) => x * x));
  const [least, greatest] = [sorted[0]!, sorted[sorted.length - 1]!];
  const centroids = new Float64Array(size).map((_, k) => least + ((greatest - least) * k) / (size - 1));
  const mean = sums[sorted.length]! / sorted.length;
  const variance = squares[sorted.length]! / sorted.length - mean * mean;
  let cuts = clusterCuts(sorted, centroids);
  let moved = Number.POSITIVE_INFINITY;
  for (let iteration = 0; moved > TOLERANCE * variance && iteration < MAX_ITERATIONS; iteration++) {
    moved = 0;
    for (let k = 0; k < size; k++) {
      const [start, end] = [cuts[k]!, cuts[k + 1]!];
      if (start === end) continue;
      const next = (sums[end]! - sums[start]!) / (end - start);
      moved += (next - centroids[k]!) ** 2;
      centroids[k] = next;
    }
    cuts = clusterCuts(sorted, centroids);
  }
  const counts = new Uint32Array(size).map((_, k) => cuts[k + 1]! - cuts[k]!);
  let squaredError = 0;
  for (let k = 0; k < size; k++) {
    const sum = sums[cuts[k + 1]!]! - sums[cuts[k]!]!;
    squaredError +=
      squares[cuts[k + 1]!]! - squares[cuts[k]!]! - 2 * centroids[k]! * sum + counts[k]! * centroids[k]! ** 2;
  }
  return { counts, squaredError };
}

/** Where each cluster starts among the sorted values, and the end of the last: halfway between neighbouring centroids. */
function clusterCuts(sorted: Float32Array, centroids: Float64Array): Uint32Array {
  const cuts = new Uint32Array(centroids.length + 1);
  for (let k = 1; k < centroids.length; k++) {
    const bound = (centroids[k - 1]! + centroids[k]!) / 2;
    let [low, high] = [cuts[k - 1]!, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! > bound) high = middle;
      else low = middle + 1;
    }
    cuts[k] = low;
  }
  cuts[centroids.length] = sorted.length;
  return cuts;
}
