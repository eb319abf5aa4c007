import { type Codes, checkCodes, checkInteger } from "@deep-compression/bits";

/** Most symbols an alphabet may have: symbols fit in 16 bits. */
export const MAX_ALPHABET = 65536;

/**
 * How often each symbol of the alphabet 0..size - 1 occurs.
 *
 * @param size 1..65,536
 * @returns `size` counts
 * @throws RangeError if a symbol is outside the alphabet
 */
export function histogram(symbols: Codes, size: number): Uint32Array {
  checkCodes("symbols", symbols);
  checkInteger("size", size, { minimum: 1, maximum: MAX_ALPHABET });
  const counts = new Uint32Array(size);
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i];
    if (symbol >= size) throw new RangeError(`symbols[${i}]: expected less than ${size}, got ${symbol}`);
    counts[symbol]++;
  }
  return counts;
}

/** Number of symbols that occur. */
export function distinctSymbols(counts: Uint32Array): number {
  return counts.reduce((distinct, count) => distinct + (count > 0 ? 1 : 0), 0);
}

/** The symbol that occurs most often, the lowest among equals. */
export function dominantSymbol(counts: Uint32Array): number {
  return counts.reduce((best, count, symbol) => (count > counts[best] ? symbol : best), 0);
}

/** Bits that tell one of `size` apart: 0 for 1, 1 for 2, 2 for 3 and 4. */
export function bitWidth(size: number): number {
  return 32 - Math.clz32(size - 1);
}
