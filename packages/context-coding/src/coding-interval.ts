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

/** A range coder without what tells one direction from the other. */
export interface RangeCoder {
  readonly encoding: boolean;
  /**
   * The place and the range: in an array, for numbers on their own would be allocated at each change. The place is where the
   * bytes are in a decoder's interval, and minus the low end of an encoder's, so that a 0 takes the same from both.
   */
  readonly interval: Float64Array;
  /** Multiplies a range that has become too small, and moves a word into the window, or out of it. */
  widen(): void;
}

// Below, numbers are written out: engines look up constants of a module at each use, and divide by them.

/** What of a range a 1 has. */
export function boundOf(range: number, probability: number): number {
  return Math.floor(range / 65536) * probability;
}

/** Whether the range is to be widened. */
export function isTooSmall(range: number): boolean {
  return range < 4294967296;
}

/** Codes a bit: an encoder writes it, a decoder finds it. */
export function codeBit(coder: RangeCoder, bit: number, probability: number): number {
  const { interval, encoding } = coder;
  const place = interval[0]!;
  const range = interval[1]!;
  const bound = boundOf(range, probability);
  const found = encoding === true ? bit : place < bound ? 1 : 0;
  if (found === 0) interval[0] = place - bound;
  const left = found === 0 ? range - bound : bound;
  interval[1] = left;
  if (isTooSmall(left)) coder.widen();
  return found;
}
