import {
  type BitReader,
  type ByteReader,
  byteReader,
  type Codes,
  checkBitEnd,
  FormatError,
} from "@deep-compression/bits";
import { codesByLength, firstCodes, reversedCodes } from "./canonical-codes";
import { distinctSymbols } from "./histogram";

/** A table of 2^12 entries (16 KiB) stays in the first-level cache; longer codes are rare by their nature. */
const MAX_TABLE_BITS = 12;

/** Bits of an entry that hold the code's length; the symbol stands above them. */
const LENGTH_BITS = 5;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;

/** Look-up tables to decode one canonical code. */
export interface PrefixDecoder {
  /** Bits that index the table. */
  readonly tableBits: number;
  /** By the next `tableBits` bits: symbol << 5 | code length, or 0 if the code is longer or there is none. */
  readonly table: Uint32Array;
  /** Symbols by code length, then by symbol: the order of their codes. */
  readonly inOrder: Uint16Array;
  readonly numbers: Uint32Array;
  readonly firsts: Uint32Array;
}

/** Bits of the longest code, at least 1. */
export function longestCode(lengths: Uint8Array): number {
  return lengths.reduce((most, length) => Math.max(most, length), 1);
}

/** A stream of codes: from a bit of some bytes to their end. */
export interface BitSpan {
  readonly bytes: Uint8Array;
  readonly startBit: number;
  /** Added to the byte offsets that errors carry. */
  readonly baseOffset: number;
}

/**
 * @param lengths of a complete code, or of one symbol of length 1
 * @param tableBits bits that index the table; by default those of the longest code, but 12 at most
 */
export function prefixDecoder(
  lengths: Uint8Array,
  tableBits = Math.min(longestCode(lengths), MAX_TABLE_BITS),
): PrefixDecoder {
  const codes = reversedCodes(lengths);
  const table = new Uint32Array(1 << tableBits);
  const numbers = codesByLength(lengths);
  const places = new Uint32Array(numbers.length);
  for (let length = 1; length < places.length; length++) places[length] = places[length - 1] + numbers[length - 1];
  const inOrder = new Uint16Array(distinctSymbols(lengths));
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    inOrder[places[length]++] = symbol;
    if (length > tableBits) continue;
    const entry = (symbol << LENGTH_BITS) | length;
    for (let window = codes[symbol]; window < table.length; window += 1 << length) table[window] = entry;
  }
  return { tableBits, table, inOrder, numbers, firsts: firstCodes(lengths) };
}

/** The fixed form: every symbol of the alphabet is itself in `width` bits, 1..16. */
export function fixedWidthDecoder(alphabet: number, width: number): PrefixDecoder {
  const table = new Uint32Array(1 << width);
  for (let symbol = 0; symbol < alphabet; symbol++) table[symbol] = (symbol << LENGTH_BITS) | width;
  const none = new Uint32Array(0);
  return { tableBits: width, table, inOrder: new Uint16Array(0), numbers: none, firsts: none };
}

/** How far a stream is decoded. */
interface Progress {
  readonly symbols: number;
  readonly position: number;
}

/**
 * Decodes symbols until `symbols` is full and returns the position of the bit behind them.
 *
 * @throws FormatError "truncated" if the span ends before, "out-of-range" at bits that are no code (the fixed form may have
 * such, and the code of one symbol)
 */
export function decodePrefixCodes(decoder: PrefixDecoder, span: BitSpan, symbols: Codes): number {
  const { tableBits, table } = decoder;
  const { bytes, baseOffset } = span;
  const { symbols: decoded, position } = decodePairs(decoder, span, symbols);
  const mask = (1 << tableBits) - 1;
  let at = Math.floor(position / 8);
  const skipped = position % 8;
  let window = skipped === 0 ? 0 : bytes[at++] >>> skipped;
  let available = (8 - skipped) % 8;
  for (let i = decoded; i < symbols.length; i++) {
    // Up to 32 bits wait, so 25 or more are there for a code of at most 24; behind the end they are zeros.
    for (; available <= 24 && at < bytes.length; available += 8) window |= bytes[at++] << available;
    const entry = table[window & mask] || longEntry(decoder, window);
    const length = entry & LENGTH_MASK;
    available -= length;
    if (available < 0 || length === 0) {
      const code = available < 0 ? "truncated" : "out-of-range";
      throw new FormatError(code, `symbol ${i} of ${symbols.length} has no code`, { offset: baseOffset + at });
    }
    symbols[i] = entry >>> LENGTH_BITS;
    window >>>= length;
  }
  return 8 * at - available;
}

/**
 * The bulk of the symbols, two a load of 32 bits: behind up to 7 bits already read these hold two codes of 12 bits. It
 * stops before the last bytes, and at the first code that the table does not hold.
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

/** The entry of a code that the table does not hold, found bit by bit; 0 if there is none. */
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

/**
 * A reader of the bytes behind those that a reader of bits has begun, whose padding must be zero.
 *
 * @throws FormatError "not-canonical"
 */
export function bytesBehind({
  reader,
  bytes,
  baseOffset,
}: Pick<BitSpan, "bytes" | "baseOffset"> & { readonly reader: BitReader }): ByteReader {
  const start = Math.ceil(reader.position / 8);
  checkBitEnd(bytes.subarray(0, start), reader.position, baseOffset);
  return byteReader(bytes.subarray(start), { baseOffset: baseOffset + start });
}
