/** The largest finite float16. */
const largest = 65504;

/** Below 2^-14 halves stand 2^-24 apart. A float64 of this size has just that for its unit in the last place. */
const smallestNormal = 2 ** -14;
const subnormalShift = 1.5 * 2 ** 28;

/** Splits a float64 into 11 bits and the rest (Veltkamp): 53 - 42 = 11, as many as a float16 has. */
const splitter = 2 ** 42 + 1;

/** The nearest finite float16 to a number, in a few operations: `roundToFloat16` of bits, but that it stays finite. */
export function nearestHalf(value: number): number {
  const x = Math.min(Math.max(value, -largest), largest);
  if (Math.abs(x) < smallestNormal) return x + subnormalShift - subnormalShift;
  const scaled = x * splitter;
  return scaled - (scaled - x);
}
