import { FLOAT16_MAX } from "@deep-compression/bits";

/** Below 2^-14 float16 numbers stand 2^-24 apart. A float64 of this size has just that for its unit in the last place. */
const SMALLEST_NORMAL = 2 ** -14;
const SUBNORMAL_SHIFT = 1.5 * 2 ** 28;

/** Splits a float64 into 11 bits and the rest (Veltkamp): 53 - 42 = 11, as many as a float16 has. */
const SPLITTER = 2 ** 42 + 1;

/** The nearest finite float16 to a number, in a few operations: `roundToFloat16` of bits, but that it stays finite. */
export function nearestFloat16(value: number): number {
  const x = Math.min(Math.max(value, -FLOAT16_MAX), FLOAT16_MAX);
  if (Math.abs(x) < SMALLEST_NORMAL) return x + SUBNORMAL_SHIFT - SUBNORMAL_SHIFT;
  const scaled = x * SPLITTER;
  return scaled - (scaled - x);
}
