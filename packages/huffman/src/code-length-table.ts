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
import { checkInteger, checkLength } from "@deep-compression/runtime";
import { COMPLETE_SUM, checkLengths, kraftTerm } from "./canonical-codes";
import { MAX_CODE_LENGTH } from "./code-lengths";
import { readSymbol } from "./encoded-stream";
import { bitWidth, distinctSymbols, MAX_ALPHABET } from "./histogram";
import { CODING_BITS, CODINGS, cheapestCoding, riceNumberOf, tableItems } from "./rice-codings";

/** The largest Rice number: a difference of -23 has zigzag number 46, one more for the number of absent runs. */
const MAX_RICE_NUMBER = 2 * (MAX_CODE_LENGTH - 1) + 1;

/** Bits that {@link writeCodeLengths} would write. The prefix code must be complete. */
export function codeLengthTableBits(lengths: Uint8Array): number {
  return cheapestCoding(tableItems(lengths)).bits;
}

/**
 * Writes the code lengths of a complete prefix code (docs/format.md, "Code-length table"); the table ends where the Kraft
 * sum reaches 1, so it needs no length of its own.
 *
 * @throws TypeError, RangeError unless the Kraft sum is 1
 */
export function writeCodeLengths(writer: BitWriter, lengths: Uint8Array): void {
  checkLengths(lengths);
  if (distinctSymbols(lengths) < 2) throw new RangeError("lengths: expected those of at least two symbols, got fewer");
  const items = tableItems(lengths);
  const { index } = cheapestCoding(items);
  const coding = CODINGS[index]!;
  writer.write(index, CODING_BITS);
  for (const item of items) {
    const number = riceNumberOf(item, coding);
    writeUnary(writer, number >>> coding.parameter);
    writer.write(number & ((1 << coding.parameter) - 1), coding.parameter);
    if (item < 0) writeGamma(writer, -item);
  }
}

/**
 * Reads what {@link writeCodeLengths} wrote for an alphabet of at least two symbols.
 *
 * @param options.baseOffset offset of the reader's first byte, from which errors count
 * @throws TypeError, RangeError on wrong arguments
 * @throws FormatError "truncated", "invalid-table" if the Kraft sum is not 1, "not-canonical" if another coding is cheaper
 */
export function readCodeLengths(
  reader: BitReader,
  options: { readonly alphabet: number; readonly baseOffset?: number },
): Uint8Array {
  const { baseOffset = 0 } = options;
  const alphabet = checkInteger("alphabet", options.alphabet, { minimum: 2, maximum: MAX_ALPHABET });
  const index = reader.read(CODING_BITS);
  const { parameter, absentNumber } = CODINGS[index]!;
  const lengths = new Uint8Array(alphabet);
  let previous = bitWidth(alphabet);
  let symbol = 0;
  let afterRun = false;
  for (let sum = 0; sum < COMPLETE_SUM; ) {
    const offset = baseOffset + Math.floor(reader.position / 8);
    const quotient = readUnary(reader, { maximum: MAX_RICE_NUMBER >>> parameter, code: "invalid-table", offset });
    const number = (quotient << parameter) | reader.read(parameter);
    const absent = number === absentNumber;
    if (absent && afterRun) throw invalid("two absent runs in a row", offset);
    afterRun = absent;
    if (absent) {
      symbol += readGamma(reader, { maximum: 2 ** 17 - 1, code: "invalid-table", offset });
    } else {
      previous += fromZigzag(number > absentNumber ? number - 1 : number);
      if (previous < 1 || previous > MAX_CODE_LENGTH) throw invalid(`a code length of ${previous} bits`, offset);
      sum += kraftTerm(previous);
      lengths[symbol++] = previous;
    }
    if (sum > COMPLETE_SUM) throw invalid("too many code words", offset);
    if (sum < COMPLETE_SUM && symbol >= alphabet) throw invalid("too few code words", offset);
  }
  if (cheapestCoding(tableItems(lengths)).index !== index) {
    throw new FormatError("not-canonical", "the code-length table has a cheaper coding", { offset: baseOffset });
  }
  return lengths;
}

/**
 * The codec of code lengths as a table of its own, in whole bytes; the size of the alphabet is not in it. Unlike the tables
 * within symbol streams it also holds the lengths of no symbol and of one (docs/format.md, "Code-length table").
 *
 * @param options.alphabet number of symbols, 1..65,536
 * @throws TypeError, RangeError in `encode` unless the lengths are those of a complete prefix code, of no symbol, or of one
 * symbol of length 1
 * @throws FormatError in `decode`, as {@link readCodeLengths}, "trailing-data", and "out-of-range" for a symbol outside the
 * alphabet
 */
export function codeLengthTable(options: { readonly alphabet: number }): Codec<Uint8Array, Uint8Array> {
  const alphabet = checkInteger("alphabet", options?.alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  return Object.freeze({
    name: "code-length table",
    encode(lengths: Uint8Array) {
      checkLengths(lengths);
      checkLength("lengths", lengths.length, alphabet);
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
  if (alphabet > 1 && !complete && reader.read(1) === 1) lengths[readSymbol(reader, alphabet, 0)] = 1;
  reader.expectEnd();
  return lengths;
}

function invalid(what: string, offset: number): FormatError {
  return new FormatError("invalid-table", `the code-length table has ${what}`, { offset });
}
