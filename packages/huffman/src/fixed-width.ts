import { type Codes, FormatError } from "@deep-compression/bits";
import type { BitSpan } from "./prefix-decoder";

/**
 * Fills `symbols` with values of `width` bits each, LSB first, and returns the position of the bit behind them.
 *
 * @throws FormatError "truncated", "out-of-range" if a value is outside the alphabet
 */
export function decodeFixedWidth(
  span: BitSpan,
  options: { readonly width: number; readonly alphabet: number; readonly symbols: Codes },
): number {
  const { bytes, startBit, baseOffset } = span;
  const { width, alphabet, symbols } = options;
  const endBit = startBit + width * symbols.length;
  if (endBit > 8 * bytes.length) {
    const message = `${symbols.length} symbols of ${width} bits do not fit in ${bytes.length} bytes`;
    throw new FormatError("truncated", message, { offset: baseOffset + bytes.length });
  }
  let at = Math.floor(startBit / 8);
  let pendingBits = (8 - (startBit % 8)) % 8;
  let pending = pendingBits === 0 ? 0 : bytes[at++] >>> (8 - pendingBits);
  for (let i = 0; i < symbols.length; i++) {
    for (; pendingBits < width; pendingBits += 8) pending |= bytes[at++] << pendingBits;
    const symbol = pending & ((1 << width) - 1);
    if (symbol >= alphabet) {
      const message = `symbol ${i}: expected less than ${alphabet}, got ${symbol}`;
      throw new FormatError("out-of-range", message, { offset: baseOffset + at - 1 });
    }
    symbols[i] = symbol;
    pending >>>= width;
    pendingBits -= width;
  }
  return endBit;
}
