import { assign } from "./assign";
import { distinctValues, MOST_SORTED, nonZeroValues, sampledValues } from "./sampled-values";

/** Whether a zero is a value like others, or in no cell. */
export type ZeroCells = "any" | "none";

/**
 * Centroids for more values than are to be sorted: those that `fit` finds for a sample, smallest and largest value included,
 * moved to the means of all values that are nearest to them. If no more than `size` values are distinct, these.
 */
export function centroidsBySample(
  values: Float32Array,
  options: {
    readonly size: number;
    readonly zeros: ZeroCells;
    readonly fit: (sample: Float32Array) => Float32Array;
  },
): Float32Array {
  const { size, zeros, fit } = options;
  const few = distinctValues(values, zeros === "none" ? size + 1 : size);
  if (few !== undefined) return zeros === "none" ? nonZeroValues(few) : few;
  const sample = sampledValues(values, MOST_SORTED);
  putExtremes(sample, values);
  return meansAround(values, fit(zeros === "none" ? nonZeroValues(sample) : sample), zeros);
}

/** Puts the smallest and the largest value at the ends of the sample. */
function putExtremes(sample: Float32Array, values: Float32Array): void {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  sample[0] = least;
  sample[sample.length - 1] = most;
}

/** The means of the values that are nearest to each centroid; those that are nearest to none are left out. */
function meansAround(values: Float32Array, centroids: Float32Array, zeros: ZeroCells): Float32Array {
  const codes = assign(values, centroids);
  const sums = new Float64Array(centroids.length);
  const counts = new Uint32Array(centroids.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (zeros === "none" && value === 0) continue;
    sums[codes[i]!]! += value;
    counts[codes[i]!]!++;
  }
  const means = Array.from(sums, (sum, k) => Math.fround(sum / counts[k]!) + 0).filter((_, k) => counts[k]! > 0);
  return Float32Array.from(new Set(means)).sort();
}
