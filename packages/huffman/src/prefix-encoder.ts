import type { Codes } from "@deep-compression/bits";
import { reversedCodeWords } from "./canonical-codes";

/** Code words ready to be written LSB first, one a symbol. */
export interface PrefixEncoder {
  readonly codeWords: Uint32Array;
  readonly lengths: Uint8Array;
}

export function prefixEncoder(lengths: Uint8Array): PrefixEncoder {
  return { codeWords: reversedCodeWords(lengths), lengths };
}

/** Every symbol of the alphabet as itself in `width` bits: the mode fixed, written by the same loop. */
export function fixedWidthEncoder(alphabet: number, width: number): PrefixEncoder {
  return {
    codeWords: new Uint32Array(alphabet).map((_, symbol) => symbol),
    lengths: new Uint8Array(alphabet).fill(width),
  };
}

/** Bits that the symbols take. */
export function codedBits(lengths: Uint8Array, symbols: Codes): number {
  let bits = 0;
  for (let i = 0; i < symbols.length; i++) bits += lengths[symbols[i]];
  return bits;
}

/** Bits that symbols of these counts take. */
export function countedBits(lengths: Uint8Array | Float64Array, counts: Uint32Array): number {
  let bits = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) bits += lengths[symbol] * counts[symbol];
  return bits;
}

/**
 * Writes the code words of the symbols from bit `startBit` of `target` on, whose bits from there on are zero and enough, and
 * returns the position of the bit behind them.
 */
export function encodeCodeWords(
  encoder: PrefixEncoder,
  symbols: Codes,
  target: { readonly bytes: Uint8Array; readonly startBit: number },
): number {
  const { codeWords, lengths } = encoder;
  const { bytes, startBit } = target;
  let at = Math.floor(startBit / 8);
  let pendingBits = startBit % 8;
  let pending = bytes[at]; // fewer than 8 bits wait, and a code word has at most 24: 31 bits
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i];
    pending |= codeWords[symbol] << pendingBits;
    for (pendingBits += lengths[symbol]; pendingBits >= 8; pendingBits -= 8) {
      bytes[at++] = pending;
      pending >>>= 8;
    }
  }
  if (pendingBits > 0) bytes[at] = pending;
  return 8 * at + pendingBits;
}
