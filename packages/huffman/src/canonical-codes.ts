import { checkBytes, checkInteger } from "@deep-compression/runtime";
import { MAX_CODE_LENGTH } from "./code-lengths";
import { distinctSymbols, MAX_ALPHABET } from "./histogram";

/** The Kraft sum of a complete prefix code in units of 2^-24, the term of the longest code word. */
export const COMPLETE_SUM = 2 ** MAX_CODE_LENGTH;

/** What a code word of this length adds to the Kraft sum, in units of 2^-24: nothing for an absent symbol. */
export function kraftTerm(length: number): number {
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
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!;
    if (length > MAX_CODE_LENGTH) checkInteger(`lengths[${i}]`, length, { maximum: MAX_CODE_LENGTH });
    sum += kraftTerm(length);
  }
  const lone = sum === kraftTerm(1) && distinctSymbols(lengths) === 1 && lengths.length > 1;
  if (sum === COMPLETE_SUM || sum === 0 || lone) return;
  throw new RangeError(`lengths: expected Kraft sum 1, got ${sum / COMPLETE_SUM}`);
}

/**
 * The code word of each symbol: shorter ones first, the lower symbol first among equal lengths, each one more than the
 * last (RFC 1951, section 3.2.2; docs/format.md, "Canonical codes"). The first bit sent is the most significant one here;
 * `reversedCodeWords` has them as written. Absent symbols get 0.
 *
 * @param lengths one a symbol, 1..65,536 of them; 0 for an absent symbol, else 1..24
 * @throws TypeError, RangeError unless they are those of a complete prefix code, of no symbol, or of one symbol of length 1
 */
export function canonicalCodeWords(lengths: Uint8Array): Uint32Array {
  checkLengths(lengths);
  return codeWordsOf(lengths);
}

function codeWordsOf(lengths: Uint8Array): Uint32Array {
  const next = firstCodeWords(lengths);
  const words = new Uint32Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) if (lengths[i]! > 0) words[i] = next[lengths[i]!]!++;
  return words;
}

/** Number of code words of each length 0..24; absent symbols are not counted. */
export function codeWordsByLength(lengths: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(MAX_CODE_LENGTH + 1);
  for (let i = 0; i < lengths.length; i++) if (lengths[i]! > 0) numbers[lengths[i]!]!++;
  return numbers;
}

/** The first code word of each length 0..24. */
export function firstCodeWords(lengths: Uint8Array): Uint32Array {
  let next = 0;
  return codeWordsByLength(lengths).map((number) => {
    const first = next;
    next = 2 * (first + number);
    return first;
  });
}

/**
 * The canonical code words with their bits in reverse, so that writing them LSB first sends the most significant bit first.
 * The lengths must be those of a complete prefix code, of no symbol, or of one symbol of length 1.
 */
export function reversedCodeWords(lengths: Uint8Array): Uint32Array {
  return codeWordsOf(lengths).map((word, symbol) => reverseBits(word, lengths[symbol]!));
}

/** The lowest `bits` bits of a word, the last first. */
export function reverseBits(word: number, bits: number): number {
  let reversed = 0;
  for (let i = 0; i < bits; i++) reversed = (reversed << 1) | ((word >>> i) & 1);
  return reversed;
}

/** Bits of the longest code word, at least 1. */
export function longestCodeWord(lengths: Uint8Array): number {
  return lengths.reduce((most, length) => Math.max(most, length), 1);
}
