/** All bits of a float32 but its sign: as integers they sort as the magnitudes do. */
export const MAGNITUDE_BITS = 0x7fffffff;
const LOW_BITS = 15;
const HIGH_BUCKETS = 1 << 16;
const LOW_BUCKETS = 1 << LOW_BITS;

/** The magnitude bits that have a rank, and how many of those equal to them have that rank or one before it. */
export interface Ranked {
  readonly bits: number;
  readonly ties: number;
}

/** The `rank`-th largest (from 1) of the magnitude bits of float32 patterns, by a two-pass radix histogram. */
export function radixSelect(patterns: readonly Uint32Array[], rank: number): Ranked {
  const high = bucketFromTop(highHistogram(patterns), rank);
  const low = bucketFromTop(lowHistogram(patterns, high.bucket), high.rest);
  return { bits: high.bucket * LOW_BUCKETS + low.bucket, ties: low.rest };
}

function highHistogram(patterns: readonly Uint32Array[]): Uint32Array {
  const counts = new Uint32Array(HIGH_BUCKETS);
  for (const bits of patterns) {
    for (let i = 0; i < bits.length; i++) counts[(bits[i] & MAGNITUDE_BITS) >>> LOW_BITS]++;
  }
  return counts;
}

function lowHistogram(patterns: readonly Uint32Array[], high: number): Uint32Array {
  const counts = new Uint32Array(LOW_BUCKETS);
  for (const bits of patterns) {
    for (let i = 0; i < bits.length; i++) {
      const key = bits[i] & MAGNITUDE_BITS;
      if (key >>> LOW_BITS === high) counts[key & (LOW_BUCKETS - 1)]++;
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
