import { allocateCodes, type Codes, checkBitEnd, FormatError } from "@deep-compression/bits";
import { checkBytes, checkCodes, checkInteger } from "@deep-compression/runtime";
import { checkLengths } from "./canonical-codes";
import { type BitSpan, decodePrefixCodes, prefixDecoder } from "./prefix-decoder";
import { codedBits, encodePrefixCodes, prefixEncoder } from "./prefix-encoder";

/** A Huffman code: bare code words, without table, count or form. Use `encodeSymbols` for a stream that explains itself. */
export interface HuffmanCode {
  /** @throws RangeError if a symbol has no code */
  encode(symbols: Codes): Uint8Array;
  /**
   * The `count` symbols: a Uint8Array if the alphabet has at most 256, else a Uint16Array.
   *
   * @throws FormatError unless the bytes hold exactly as many codes and zero bits behind
   */
  decode(bytes: Uint8Array, count: number): Codes;
  /** Bits that the symbols take. @throws RangeError if a symbol has no code */
  bitLength(symbols: Codes): number;
}

/**
 * The canonical Huffman code of these lengths (docs/format.md, "Canonical codes"). In an alphabet of one symbol, whose
 * length is 0, a symbol takes no bits.
 *
 * @param lengths one a symbol, 1..65,536 of them; 0 for a symbol without a code, else 1..24
 * @throws TypeError, RangeError unless they are the lengths of a complete code, of no symbol, or of one of length 1
 */
export function huffman(lengths: Uint8Array): HuffmanCode {
  checkLengths(lengths);
  const alphabet = lengths.length;
  const encoder = prefixEncoder(new Uint8Array(lengths));
  const decoder = prefixDecoder(lengths);

  function bitLength(symbols: Codes): number {
    checkCodes("symbols", symbols);
    for (let i = 0; i < symbols.length; i++) {
      if (encoder.lengths[symbols[i]] > 0 || (alphabet === 1 && symbols[i] === 0)) continue;
      throw new RangeError(`symbols[${i}]: expected a symbol that has a code, got ${symbols[i]}`);
    }
    return codedBits(encoder.lengths, symbols);
  }

  return Object.freeze({
    bitLength,
    encode(symbols: Codes) {
      const bytes = new Uint8Array(Math.ceil(bitLength(symbols) / 8));
      encodePrefixCodes(encoder, symbols, { bytes, startBit: 0 });
      return bytes;
    },
    decode(bytes: Uint8Array, count: number) {
      checkBytes("bytes", bytes);
      checkInteger("count", count);
      const span: BitSpan = { bytes, startBit: 0, baseOffset: 0 };
      if (alphabet > 1 && count > 8 * bytes.length) {
        const message = `${count} codes do not fit in ${bytes.length} bytes`;
        throw new FormatError("truncated", message, { offset: bytes.length });
      }
      const symbols = allocateCodes(alphabet, count);
      checkBitEnd(bytes, alphabet > 1 ? decodePrefixCodes(decoder, span, symbols) : 0);
      return symbols;
    },
  });
}
