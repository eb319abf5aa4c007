import { allocateCodes, type Codec, type Codes, checkBitEnd, FormatError } from "@deep-compression/bits";
import { checkCodes } from "@deep-compression/runtime";
import { checkLengths } from "./canonical-codes";
import { decodePrefixCodes, prefixDecoder } from "./prefix-decoder";
import { codedBits, encodePrefixCodes, prefixEncoder } from "./prefix-encoder";
import { type CountOptions, symbolCount } from "./symbol-count";

/** A Huffman code: code words, without table or mode. Use `symbols` for a stream that explains itself. */
export interface HuffmanCode extends Codec<Codes, Uint8Array> {
  /** Bits that the symbols take. @throws RangeError if a symbol has no code */
  bitLength(symbols: Codes): number;
}

/**
 * The canonical Huffman code of these lengths (docs/format.md, "Canonical codes"), with the number of symbols in front as
 * a varint; with `count` the code words alone, of exactly so many. Symbols are a Uint8Array if the alphabet has at most
 * 256, else a Uint16Array. In an alphabet of one symbol, whose length is 0, a symbol takes no bits.
 *
 * @param lengths one a symbol, 1..65,536 of them; 0 for a symbol without a code, else 1..24
 * @throws TypeError, RangeError unless they are the lengths of a complete code, of no symbol, or of one of length 1
 * @throws RangeError in `encode` if a symbol has no code, or their number is not `count` or above `maxCount`
 * @throws FormatError in `decode` unless the bytes hold exactly as many code words and zero bits behind
 */
export function huffman(lengths: Uint8Array, options: CountOptions = {}): HuffmanCode {
  checkLengths(lengths);
  const number = symbolCount(options);
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
    name: "huffman",
    bitLength,
    encode(symbols: Codes) {
      const bytes = new Uint8Array(Math.ceil(bitLength(symbols) / 8));
      encodePrefixCodes(encoder, symbols, { bytes, startBit: 0 });
      return number.join(symbols.length, bytes);
    },
    decode(encoded: Uint8Array) {
      const { count, bytes, baseOffset } = number.split(encoded);
      if (alphabet > 1 && count > 8 * bytes.length) {
        const message = `${count} codes do not fit in ${bytes.length} bytes`;
        throw new FormatError("truncated", message, { offset: baseOffset + bytes.length });
      }
      const symbols = allocateCodes(alphabet, count);
      const end = alphabet > 1 ? decodePrefixCodes(decoder, { bytes, startBit: 0, baseOffset }, symbols) : 0;
      checkBitEnd(bytes, end, baseOffset);
      return symbols;
    },
  });
}
