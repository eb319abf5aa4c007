import { type Codes, FormatError } from "@deep-compression/bits";
import { codeWordsByLength, firstCodeWords, longestCodeWord, reverseBits } from "./canonical-codes";

/** A table of 2^12 entries (16 KiB) stays in the first-level cache; longer code words are rare by their nature. */
const MAX_TABLE_BITS = 12;

/** Bits of an entry that hold the code length; the symbol stands above them. */
const LENGTH_BITS = 5;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;

/** Look-up tables to decode one prefix code. */
export interface PrefixDecoder {
  /** Bits that index the table. */
  readonly tableBits: number;
  /** By the next `tableBits` bits: symbol << 5 | code length, or 0 if the code word is longer or there is none. */
  readonly table: Uint32Array;
  /** Symbols by code length, then by symbol: the order of their code words. */
  readonly inOrder: Uint16Array;
  /** Number of code words of each length, and the first of them. */
  readonly numbers: Uint32Array;
  readonly firsts: Uint32Array;
}

/** Code words one behind the other: from a bit of some bytes to their end. */
export interface BitSpan {
  readonly bytes: Uint8Array;
  readonly startBit: number;
  /** Added to the byte offsets that errors carry. */
  readonly baseOffset: number;
}

/**
 * The tables of a prefix code.
 *
 * @param lengths of a complete prefix code, or of one symbol of length 1
 * @param tableBits bits that index the table; by default those of the longest code word, but 12 at most
 */
export function prefixDecoder(
  lengths: Uint8Array,
  tableBits = Math.min(longestCodeWord(lengths), MAX_TABLE_BITS),
): PrefixDecoder {
  const numbers = codeWordsByLength(lengths);
  let before = 0;
  const places = numbers.map((number) => {
    before += number;
    return before - number;
  });
  const inOrder = new Uint16Array(before);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    if (lengths[symbol] > 0) inOrder[places[lengths[symbol]]++] = symbol;
  }
  const firsts = firstCodeWords(lengths);
  const table = new Uint32Array(1 << tableBits);
  for (let length = 1, place = 0; length <= tableBits; length++) {
    // A bit more tells nothing new of shorter code words.
    table.copyWithin(1 << (length - 1), 0, 1 << (length - 1));
    for (let word = firsts[length]; place < places[length]; place++, word++) {
      table[reverseBits(word, length)] = (inOrder[place] << LENGTH_BITS) | length;
    }
  }
  return { tableBits, table, inOrder, numbers, firsts };
}

/** The same of the mode fixed: every symbol of the alphabet is itself in `width` bits, 1..16. */
export function fixedWidthDecoder(alphabet: number, width: number): PrefixDecoder {
  const table = new Uint32Array(1 << width);
  for (let symbol = 0; symbol < alphabet; symbol++) table[symbol] = (symbol << LENGTH_BITS) | width;
  const none = new Uint32Array(0);
  return { tableBits: width, table, inOrder: new Uint16Array(0), numbers: none, firsts: none };
}

/** How far a span is decoded. */
interface Progress {
  readonly symbols: number;
  readonly position: number;
}

/**
 * Decodes symbols until `symbols` is full and returns the position of the bit behind them.
 *
 * @throws FormatError "truncated" if the span ends before, "out-of-range" at bits that are no code word (the mode fixed may
 * have such, and the code of one symbol)
 */
export function decodeCodeWords(decoder: PrefixDecoder, span: BitSpan, symbols: Codes): number {
  const { tableBits, table } = decoder;
  const { bytes, baseOffset } = span;
  const { symbols: decoded, position } = decodePairs(decoder, span, symbols);
  const mask = (1 << tableBits) - 1;
  let at = Math.floor(position / 8);
  const skipped = position % 8;
  let window = skipped === 0 ? 0 : bytes[at++] >>> skipped;
  let available = (8 - skipped) % 8;
  for (let i = decoded; i < symbols.length; i++) {
    // Up to 32 bits wait, so 25 or more are there for a code word of at most 24; behind the end they are zeros.
    for (; available <= 24 && at < bytes.length; available += 8) window |= bytes[at++] << available;
    const entry = table[window & mask] || longEntry(decoder, window);
    const length = entry & LENGTH_MASK;
    available -= length;
    if (available < 0 || length === 0) {
      const code = available < 0 ? "truncated" : "out-of-range";
      throw new FormatError(code, `symbol ${i} of ${symbols.length} has no code word`, { offset: baseOffset + at });
    }
    symbols[i] = entry >>> LENGTH_BITS;
    window >>>= length;
  }
  return 8 * at - available;
}

/**
 * The bulk of the symbols, two a load of 32 bits: behind up to 7 bits already read these hold two code words of 12
 * bits. It stops before the last bytes, and at the first code word that the table does not hold.
 */
function decodePairs({ tableBits, table }: PrefixDecoder, span: BitSpan, symbols: Codes): Progress {
  const { bytes } = span;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mask = (1 << tableBits) - 1;
  const lastLoad = bytes.length - 4;
  const lastPair = symbols.length - 2;
  let at = Math.floor(span.startBit / 8);
  let bit = span.startBit % 8;
  let i = 0;
  while (tableBits <= MAX_TABLE_BITS && i <= lastPair && at <= lastLoad) {
    const window = view.getUint32(at, true) >>> bit;
    const first = table[window & mask];
    const second = table[(window >>> (first & LENGTH_MASK)) & mask];
    if (first === 0 || second === 0) break;
    symbols[i] = first >>> LENGTH_BITS;
    symbols[i + 1] = second >>> LENGTH_BITS;
    i += 2;
    bit += (first & LENGTH_MASK) + (second & LENGTH_MASK);
    at += bit >>> 3;
    bit &= 7;
  }
  return { symbols: i, position: 8 * at + bit };
}

/** The entry of a code word that the table does not hold, found bit by bit; 0 if there is none. */
function longEntry(decoder: PrefixDecoder, window: number): number {
  const { inOrder, numbers, firsts } = decoder;
  let code = 0;
  let before = 0;
  for (let length = 1; length < numbers.length; length++) {
    code = 2 * code + ((window >>> (length - 1)) & 1);
    const index = code - firsts[length];
    if (index >= 0 && index < numbers[length]) return (inOrder[before + index] << LENGTH_BITS) | length;
    before += numbers[length];
  }
  return 0;
}
