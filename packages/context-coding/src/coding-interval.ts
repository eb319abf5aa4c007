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

/**
 * A range coder of either direction: data without functions of its own, for engines compile code for functions that it has met, and
 * throw it away when these are collected.
 */
export interface RangeCoder {
  readonly encoding: boolean;
  /**
   * The place and the range: in an array, for numbers on their own would be allocated at each change. The place is where the
   * bytes are in a decoder's interval, and minus the low end of an encoder's, so that a 0 takes the same from both.
   */
  readonly interval: Float64Array;
  /** What is read; what has been written, and room behind it. */
  bytes: Uint8Array;
  /** Where in the bytes the next one is read or written. */
  position: number;
}

/** A decoder at the start of the bytes, whose probabilities are not checked. */
export function decodingCoder(bytes: Uint8Array): RangeCoder {
  return rangeCoder(false, windowAt(bytes, 0), bytes, WINDOW_BYTES);
}

/** An encoder of no bits yet, whose probabilities are not checked. */
export function encodingCoder(): RangeCoder {
  return rangeCoder(true, 0, new Uint8Array(64), 0);
}

function rangeCoder(encoding: boolean, place: number, bytes: Uint8Array, position: number): RangeCoder {
  return { encoding, interval: Float64Array.of(place, FULL_RANGE), bytes, position };
}

/** What a reader's window holds that begins at a byte: zeros are behind the last one. */
export function windowAt(bytes: Uint8Array, start: number): number {
  let window = 0;
  for (let at = start; at < start + WINDOW_BYTES; at++) window = 256 * window + (bytes[at] ?? 0);
  return window;
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
  if (isTooSmall(left)) widen(coder);
  return found;
}

/** Multiplies a range that has become too small, and moves a word into the window, or out of it. */
export function widen(coder: RangeCoder): void {
  const { interval, bytes, position } = coder;
  const place = interval[0]!;
  interval[1] = interval[1]! * WORD;
  if (coder.encoding === true) {
    const low = lowEnd(coder);
    const word = Math.floor(low / LEAST_RANGE);
    appendWord(coder, word);
    interval[0] = (word * LEAST_RANGE - low) * WORD;
    return;
  }
  const word =
    position + 1 < bytes.length ? (bytes[position]! << 8) | bytes[position + 1]! : (bytes[position] ?? 0) << 8;
  interval[0] = place * WORD + word;
  coder.position = position + 2;
}

/** The low end of an encoder's interval within the window: what is above is carried. */
export function lowEnd({ interval, bytes, position }: RangeCoder): number {
  const low = -interval[0]!;
  if (low < WINDOW) return low;
  let at = position - 1;
  while (bytes[at] === 255) bytes[at--] = 0;
  bytes[at]!++;
  return low - WINDOW;
}

/** Writes two bytes. */
export function appendWord(coder: RangeCoder, word: number): void {
  if (coder.position + 2 > coder.bytes.length) {
    const longer = new Uint8Array(2 * coder.bytes.length);
    longer.set(coder.bytes);
    coder.bytes = longer;
  }
  coder.bytes[coder.position++] = word >>> 8;
  coder.bytes[coder.position++] = word;
}
