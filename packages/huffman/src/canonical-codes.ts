import { checkBytes, checkInteger } from "@deep-compression/runtime";
import { MAX_CODE_LENGTH } from "./code-lengths";
import { MAX_ALPHABET } from "./histogram";

/** The Kraft sum of a complete code in units of 2^-24, the share of the longest code. */
export const COMPLETE = 2 ** MAX_CODE_LENGTH;

/** The share of the code space that a code of this length takes, in units of 2^-24; none for an absent symbol. */
export function kraftShare(length: number): number {
  return length === 0 ? 0 : 1 << (MAX_CODE_LENGTH - length);
}

/**
 * Checks that the lengths are those of a prefix code with nothing left over: Kraft sum 1, or no symbol at all, or one
 * symbol of length 1.
 *
 * @throws TypeError, RangeError
 */
export function checkLengths(lengths: Uint8Array): void {
  checkBytes("lengths", lengths);
  checkInteger("lengths.length", lengths.length, { minimum: 1, maximum: MAX_ALPHABET });
  let sum = 0;
  let symbols = 0;
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i] > MAX_CODE_LENGTH) checkInteger(`lengths[${i}]`, lengths[i], { maximum: MAX_CODE_LENGTH });
    sum += kraftShare(lengths[i]);
    if (lengths[i] > 0) symbols++;
  }
  const lone = symbols === 1 && sum === kraftShare(1) && lengths.length > 1;
  if (sum === COMPLETE || symbols === 0 || lone) return;
  throw new RangeError(`lengths: expected Kraft sum 1, got ${sum / COMPLETE}`);
}

/**
 * Canonical codes: shorter codes first, the lower symbol first among equal lengths, each code one more than the last
 * (RFC 1951, section 3.2.2; docs/format.md, "Canonical codes"). The first bit sent is the most significant one here;
 * `reversedCodes` has them as written. Absent symbols get 0.
 *
 * @throws TypeError, RangeError unless the lengths are those of a complete code, of no symbol, or of one symbol of length 1
 */
export function canonicalCodes(lengths: Uint8Array): Uint32Array {
  checkLengths(lengths);
  return codesOf(lengths);
}

function codesOf(lengths: Uint8Array): Uint32Array {
  const next = firstCodes(lengths);
  const codes = new Uint32Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) if (lengths[i] > 0) codes[i] = next[lengths[i]]++;
  return codes;
}

/** Number of codes of each length 0..24; absent symbols are not counted. */
export function codesByLength(lengths: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(MAX_CODE_LENGTH + 1);
  for (let i = 0; i < lengths.length; i++) if (lengths[i] > 0) numbers[lengths[i]]++;
  return numbers;
}

/** The first canonical code of each length 0..24. */
export function firstCodes(lengths: Uint8Array): Uint32Array {
  const numbers = codesByLength(lengths);
  const first = new Uint32Array(MAX_CODE_LENGTH + 1);
  for (let length = 1; length <= MAX_CODE_LENGTH; length++)
    first[length] = 2 * (first[length - 1] + numbers[length - 1]);
  return first;
}

/**
 * The canonical codes with their bits in reverse, so that writing them LSB first sends the most significant bit first. The
 * lengths must be those of a complete code, of no symbol, or of one symbol of length 1.
 */
export function reversedCodes(lengths: Uint8Array): Uint32Array {
  return codesOf(lengths).map((code, symbol) => reverseBits(code, lengths[symbol]));
}

export function reverseBits(code: number, bits: number): number {
  let reversed = 0;
  for (let i = 0; i < bits; i++) reversed = (reversed << 1) | ((code >>> i) & 1);
  return reversed;
}
