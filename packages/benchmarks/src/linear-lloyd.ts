/**
 * k-means as the paper describes it (section 3.1): centroids at equal steps from the least weight to the greatest, then
 * Lloyd's algorithm; a cluster that loses all its weights keeps its centroid. It stops as scikit-learn's KMeans does by
 * default: when the sum of squared moves of the centroids is at most 1e-4 times the variance, or after 300 iterations.
 */
export interface SharedWeights {
  /** Weights in each cluster; some may be 0. */
  readonly counts: Uint32Array;
  readonly squaredError: number;
  readonly iterations: number;
}

const TOLERANCE = 1e-4;
const MAX_ITERATIONS = 300;

/** @param values finite, at least one */
export function linearLloyd(values: Float32Array, size: number): SharedWeights {
  const sorted = values.slice().sort();
  const sums = prefixSums(sorted, (x) => x);
  const squares = prefixSums(sorted, (x) => x * x);
  const [least, greatest] = [sorted[0]!, sorted[sorted.length - 1]!];
  const centroids = new Float64Array(size).map((_, k) => least + ((greatest - least) * k) / (size - 1));
  const mean = sums[sorted.length]! / sorted.length;
  const variance = squares[sorted.length]! / sorted.length - mean * mean;
  let cuts = clusterCuts(sorted, centroids);
  let iterations = 0;
  for (
    let moved = Number.POSITIVE_INFINITY;
    moved > TOLERANCE * variance && iterations < MAX_ITERATIONS;
    iterations++
  ) {
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
  return { counts, squaredError, iterations };
}

function prefixSums(sorted: Float32Array, term: (x: number) => number): Float64Array {
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = sums[i]! + term(sorted[i]!);
  return sums;
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
