/** What histograms of gaps of any width follow from: counts of gaps - 1 modulo 256, and the sum of what is above, in 256s. */
export interface GapSummary {
  readonly low: Uint32Array;
  readonly high: number;
}

/** Summaries of the gaps between ascending positions, one for each `chunk` of them; one at least. */
export function summarizeGaps(positions: Uint32Array, chunk = Number.POSITIVE_INFINITY): GapSummary[] {
  const summaries: GapSummary[] = [];
  let next = 0;
  for (let start = 0; start === 0 || start < positions.length; start += chunk) {
    const low = new Uint32Array(256);
    let high = 0;
    const end = Math.min(start + chunk, positions.length);
    for (let i = start; i < end; i++) {
      const gap = positions[i] - next;
      low[gap & 255]++;
      high += gap >>> 8;
      next = positions[i] + 1;
    }
    summaries.push({ low, high });
  }
  return summaries;
}

/**
 * How often each gap of `gapBits` bits is stored, and the number of fillers: a gap - 1 of g becomes g >> gapBits fillers of
 * the longest gap and one entry of its low bits (docs/format.md, "Gaps").
 */
export function gapCounts(
  summary: GapSummary,
  gapBits: number,
): { readonly counts: Uint32Array; readonly fillers: number } {
  const counts = new Uint32Array(2 ** gapBits);
  let fillers = summary.high * 2 ** (8 - gapBits);
  for (let gap = 0; gap < 256; gap++) {
    counts[gap & (counts.length - 1)] += summary.low[gap];
    fillers += summary.low[gap] * (gap >>> gapBits);
  }
  counts[counts.length - 1] += fillers;
  return { counts, fillers };
}

/**
 * How often each byte occurs in a mask of `length` bits with ones at the ascending positions (docs/format.md, "Bitmask"): a
 * histogram for each `chunk` bytes, a power of 2; one at least.
 */
export function maskCounts(
  positions: Uint32Array,
  options: { readonly length: number; readonly chunk: number },
): Uint32Array[] {
  const { length, chunk } = options;
  const bytes = Math.ceil(length / 8);
  const chunks = Math.max(1, Math.ceil(bytes / chunk));
  const counts = new Uint32Array(256 * chunks);
  countBytes(counts, positions, 31 - Math.clz32(chunk));
  return Array.from({ length: chunks }, (_, i) => {
    const own = counts.subarray(256 * i, 256 * (i + 1));
    const present = own.reduce((sum, count) => sum + count, 0);
    own[0] += Math.min(chunk, bytes - i * chunk) - present;
    return own;
  });
}

/** Counts the bytes that are not 0. A loop of its own: an engine that optimizes it knows all of its function. */
function countBytes(counts: Uint32Array, positions: Uint32Array, shift: number): void {
  for (let i = 0; i < positions.length; ) {
    const at = positions[i] >>> 3;
    let byte = 0;
    for (; i < positions.length && positions[i] >>> 3 === at; i++) byte |= 1 << (positions[i] & 7);
    counts[((at >>> shift) << 8) + byte]++;
  }
}
