import { checkFloats } from "./check";

// The bit pattern of a float32 of sign 0 grows with its value, so the magnitude bits sort as the magnitudes do.
const magnitudeBits = 0x7fffffff;
const lowBits = 15;
const highBuckets = 1 << 16;
const lowBuckets = 1 << lowBits;

/** How many of `count` weights stay at a sparsity: `count - Math.round(sparsity * count)`. RangeError if `sparsity` is outside [0, 1]. */
export function keptCount(count: number, options: { readonly sparsity: number }): number {
  const { sparsity } = options;
  if (typeof sparsity !== "number") throw new TypeError(`sparsity: expected a number, got ${typeof sparsity}`);
  if (!(sparsity >= 0 && sparsity <= 1)) throw new RangeError(`sparsity: expected from 0 to 1, got ${sparsity}`);
  return count - Math.round(sparsity * count);
}

/**
 * The threshold of magnitude pruning (Deep Compression, section 2): the smallest magnitude that is kept, exactly.
 * `|w| >= threshold` holds for `keptCount(weights.length, options)` weights, and for those that tie with the last of
 * them besides (`keepMask` breaks the ties). Infinity if none is to be kept.
 * Found by a two-pass radix histogram over the float's bits: no sort, no copy.
 * RangeError for a NaN weight (it has no magnitude), which it names, or a sparsity outside [0, 1].
 */
export function magnitudeThreshold(weights: Float32Array, options: { readonly sparsity: number }): number {
  checkFloats("weights", weights);
  const kept = keptCount(weights.length, options);
  checkNoNaN("weights", weights);
  return kept === 0 ? Number.POSITIVE_INFINITY : selectLargest([weights], kept).threshold;
}

export function checkNoNaN(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new RangeError(`${name}[${i}]: expected a magnitude, got NaN`);
  }
}

/**
 * The `rank`-th largest magnitude of all the values (rank from 1), none of them NaN, and how many of those equal to it
 * belong to the `rank` largest.
 */
export function selectLargest(
  arrays: readonly Float32Array[],
  rank: number,
): { readonly threshold: number; readonly ties: number } {
  const views = arrays.map((values) => new Uint32Array(values.buffer, values.byteOffset, values.length));
  const high = bucketFromTop(highHistogram(views), rank);
  const low = bucketFromTop(lowHistogram(views, high.bucket), high.rest);
  const bits = high.bucket * lowBuckets + low.bucket;
  return { threshold: new Float32Array(Uint32Array.of(bits).buffer)[0], ties: low.rest };
}

function highHistogram(views: readonly Uint32Array[]): Uint32Array {
  const counts = new Uint32Array(highBuckets);
  for (const bits of views) {
    for (let i = 0; i < bits.length; i++) counts[(bits[i] & magnitudeBits) >>> lowBits]++;
  }
  return counts;
}

function lowHistogram(views: readonly Uint32Array[], high: number): Uint32Array {
  const counts = new Uint32Array(lowBuckets);
  for (const bits of views) {
    for (let i = 0; i < bits.length; i++) {
      const key = bits[i] & magnitudeBits;
      if (key >>> lowBits === high) counts[key & (lowBuckets - 1)]++;
    }
  }
  return counts;
}

/** The bucket that holds the `rank`-th element from the top, and the element's rank within it. */
function bucketFromTop(counts: Uint32Array, rank: number): { readonly bucket: number; readonly rest: number } {
  let bucket = counts.length - 1;
  let rest = rank;
  while (rest > counts[bucket]) {
    rest -= counts[bucket];
    bucket--;
  }
  return { bucket, rest };
}
