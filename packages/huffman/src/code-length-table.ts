import {
  type BitReader,
  type BitWriter,
  bitReader,
  bitWriter,
  type Codec,
  FormatError,
  fromZigzag,
  readGamma,
  readUnary,
  writeGamma,
  writeUnary,
} from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";
import { COMPLETE, checkLengths, kraftShare } from "./canonical-codes";
import { MAX_CODE_LENGTH } from "./code-lengths";
import { bitWidth, distinctSymbols, MAX_ALPHABET } from "./histogram";
import { CODING_BITS, CODINGS, cheapestCoding, rankOf, tableEntries } from "./rice-codings";

/** The largest rank: a difference of -23 has zigzag number 46, one more for the rank of absent symbols. */
const MAX_RANK = 2 * (MAX_CODE_LENGTH - 1) + 1;

/** Bits that {@link writeCodeLengths} would write. The code must be complete. */
export function codeLengthTableBits(lengths: Uint8Array): number {
  return cheapestCoding(tableEntries(lengths)).bits;
}

/**
 * Writes the lengths of a complete code; the table ends where the Kraft sum reaches 1, so it needs no length of its own.
 *
 * @throws TypeError, RangeError unless the Kraft sum is 1
 */
export function writeCodeLengths(writer: BitWriter, lengths: Uint8Array): void {
  checkLengths(lengths);
  if (distinctSymbols(lengths) < 2) throw new RangeError("lengths: expected a code of at least two symbols, got fewer");
  const entries = tableEntries(lengths);
  const { index } = cheapestCoding(entries);
  const coding = CODINGS[index];
  writer.write(index, CODING_BITS);
  for (const entry of entries) {
    const rank = rankOf(entry, coding);
    writeUnary(writer, rank >>> coding.riceBits);
    writer.write(rank & ((1 << coding.riceBits) - 1), coding.riceBits);
    if (entry < 0) writeGamma(writer, -entry);
  }
}

/**
 * Reads what {@link writeCodeLengths} wrote for an alphabet of at least two symbols.
 *
 * @param options.baseOffset offset of the reader's first byte, from which errors count
 * @throws FormatError "invalid-table" if the Kraft sum is not 1, "not-canonical" if another coding is cheaper
 */
export function readCodeLengths(
  reader: BitReader,
  options: { readonly alphabet: number; readonly baseOffset?: number },
): Uint8Array {
  const { baseOffset = 0 } = options;
  const alphabet = checkInteger("alphabet", options.alphabet, { minimum: 2, maximum: MAX_ALPHABET });
  const index = reader.read(CODING_BITS);
  const coding = CODINGS[index];
  const lengths = new Uint8Array(alphabet);
  let previous = bitWidth(alphabet);
  let symbol = 0;
  let afterRun = false;
  for (let sum = 0; sum < COMPLETE; ) {
    const offset = baseOffset + Math.floor(reader.position / 8);
    const quotient = readUnary(reader, { maximum: MAX_RANK >>> coding.riceBits, code: "invalid-table", offset });
    const rank = (quotient << coding.riceBits) | reader.read(coding.riceBits);
    const absent = rank === coding.absentRank;
    if (absent && afterRun) throw invalid("two absent runs in a row", offset);
    afterRun = absent;
    if (absent) {
      symbol += readGamma(reader, { maximum: 2 ** 17 - 1, code: "invalid-table", offset });
    } else {
      previous += fromZigzag(rank > coding.absentRank ? rank - 1 : rank);
      if (previous < 1 || previous > MAX_CODE_LENGTH) throw invalid(`a code length of ${previous} bits`, offset);
      sum += kraftShare(previous);
      lengths[symbol++] = previous;
    }
    if (sum > COMPLETE) throw invalid("too many codes", offset);
    if (sum < COMPLETE && symbol >= alphabet) throw invalid("too few codes", offset);
  }
  if (cheapestCoding(tableEntries(lengths)).index !== index) {
    throw new FormatError("not-canonical", "the code-length table has a cheaper coding", { offset: baseOffset });
  }
  return lengths;
}

/**
 * The codec of code lengths as a table of its own, in whole bytes; the size of the alphabet is not in it. Unlike the tables
 * within symbol streams it also holds the code of no symbol and the code of one (docs/format.md, "Code-length table").
 *
 * @param options.alphabet number of symbols, 1..65,536
 * @throws TypeError, RangeError in `encode` unless the lengths are those of a complete code, of no symbol, or of one of
 * length 1
 * @throws FormatError in `decode`, as {@link readCodeLengths}, and "out-of-range" for a symbol outside the alphabet
 */
export function codeLengthTable(options: { readonly alphabet: number }): Codec<Uint8Array, Uint8Array> {
  const alphabet = checkInteger("alphabet", options?.alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  return Object.freeze({
    name: "code-length table",
    encode(lengths: Uint8Array) {
      checkLengths(lengths);
      if (lengths.length !== alphabet) {
        throw new RangeError(`lengths: expected ${alphabet} elements, got ${lengths.length}`);
      }
      return encodeTable(lengths);
    },
    decode: (bytes: Uint8Array) => decodeTable(bytes, alphabet),
  });
}

function encodeTable(lengths: Uint8Array): Uint8Array {
  if (lengths.length === 1) return new Uint8Array(0);
  const writer = bitWriter();
  const symbols = distinctSymbols(lengths);
  writer.write(symbols > 1 ? 1 : 0, 1);
  if (symbols > 1) {
    writeCodeLengths(writer, lengths);
  } else {
    writer.write(symbols, 1);
    if (symbols === 1) writer.write(lengths.indexOf(1), bitWidth(lengths.length));
  }
  return writer.finish();
}

function decodeTable(bytes: Uint8Array, alphabet: number): Uint8Array {
  const reader = bitReader(bytes);
  const complete = alphabet > 1 && reader.read(1) === 1;
  const lengths = complete ? readCodeLengths(reader, { alphabet }) : new Uint8Array(alphabet);
  if (alphabet > 1 && !complete && reader.read(1) === 1) {
    const symbol = reader.read(bitWidth(alphabet));
    if (symbol >= alphabet) {
      throw new FormatError("out-of-range", `symbol: expected less than ${alphabet}, got ${symbol}`, { offset: 0 });
    }
    lengths[symbol] = 1;
  }
  reader.expectEnd();
  return lengths;
}

function invalid(what: string, offset: number): FormatError {
  return new FormatError("invalid-table", `the code-length table has ${what}`, { offset });
}
