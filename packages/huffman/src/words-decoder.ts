import { allocateCodes, type Codes, checkBitEnd, type Decoder } from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";
import { checkLengths } from "./canonical-codes";
import { checkBitEach } from "./encoded-stream";
import { decodeCodeWords, prefixDecoder } from "./prefix-decoder";

/**
 * The mirror of `huffman(lengths, { count })` alone: for readers, whose bundles then have no encoder.
 *
 * @throws TypeError, RangeError, FormatError as it does
 */
export function huffmanDecoder(lengths: Uint8Array, count: number): Decoder<Codes> {
  checkLengths(lengths);
  checkInteger("count", count);
  const decode = wordsDecoder(lengths);
  return { name: "huffman", decode: (bytes) => decode({ bytes, count, baseOffset: 0 }) };
}

/** Code words alone, and how many. */
interface CountedWords {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Added to the byte offsets that errors carry. */
  readonly baseOffset: number;
}

/** Decodes code words up to the end of their bytes. @throws FormatError */
export function wordsDecoder(lengths: Uint8Array): (words: CountedWords) => Codes {
  const decoder = prefixDecoder(lengths);
  const alphabet = lengths.length;
  return ({ bytes, count, baseOffset }) => {
    if (alphabet > 1) checkBitEach({ bytes, count, baseOffset });
    const symbols = allocateCodes(alphabet, count);
    const end = alphabet > 1 ? decodeCodeWords(decoder, { bytes, startBit: 0, baseOffset }, symbols) : 0;
    checkBitEnd(bytes, end, baseOffset);
    return symbols;
  };
}
