/** Least count that a code is taken to have: one that never occurs costs something, but can come back. */
const LEAST_COUNT = 0.5;

/** The bits of each code by an ideal coder, -log2 of how often it occurs; with zero as a code, positions are among them. */
export function idealBits(counts: Uint32Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + Math.max(count, LEAST_COUNT), 0);
  return Float64Array.from(counts, (count) => Math.log2(total / Math.max(count, LEAST_COUNT)));
}
