import { checkInteger } from "@deep-compression/runtime";
import { MAX_PROBABILITY, MIN_PROBABILITY } from "./adaptive-bit";

// The bytes of a range coder are a fraction, whose first 48 bits that are still open lie in [low, low + range). All numbers stay
// below 2^49: exact in JavaScript.

export const WINDOW_BYTES = 6;
export const WINDOW = 2 ** 48;
export const FULL_RANGE = WINDOW - 1;

/** Bits that are moved out of the window at once. */
export const WORD = 2 ** 16;

/** A range below it is widened by a word. Once is always enough: no bit leaves less than 2^20 of it. */
export const LEAST_RANGE = 2 ** 32;

/** Refuses what is no probability that coders take. @throws TypeError, RangeError */
export function checkProbability(probability: number): void {
  const known = probability >= MIN_PROBABILITY && probability <= MAX_PROBABILITY;
  if (known && (probability | 0) === probability) return;
  checkInteger("probability", probability, { minimum: MIN_PROBABILITY, maximum: MAX_PROBABILITY });
}
