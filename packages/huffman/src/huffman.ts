import type { Codec, Codes } from "@deep-compression/bits";
import { checkCodes } from "@deep-compression/runtime";
import { checkLengths } from "./canonical-codes";
import { encodeCodeWords, prefixEncoder } from "./prefix-encoder";
import { type CountOptions, symbolCount } from "./symbol-count";
import { wordsDecoder } from "./words-decoder";

/** A prefix code: code words alone, without table or mode. `symbols` makes a stream that explains itself. */
export interface HuffmanCode extends Codec<Codes, Uint8Array> {
  /** Bits that the symbols take. @throws TypeError, RangeError if a symbol has no code word */
  bitLength(symbols: Codes): number;
}

/**
 * The codec of symbols as the code words of the canonical Huffman code of these lengths (docs/format.md, "Canonical
 * codes"), with the number of symbols in front as a varint; with `count` the code words alone, of exactly so many. Symbols
 * are a Uint8Array if the alphabet has at most 256, else a Uint16Array. In an alphabet of one symbol, whose length is 0, a
 * symbol takes no bits.
 *
 * @param lengths one a symbol, 1..65,536 of them; 0 for an absent symbol, else 1..24
 * @throws TypeError, RangeError unless they are those of a complete prefix code, of no symbol, or of one of length 1
 * @throws RangeError in `encode` if a symbol has no code word, or their number is not `count` or above `maxCount`
 * @throws FormatError in `decode` unless the bytes hold exactly as many code words and zero bits behind
 */
export function huffman(lengths: Uint8Array, options: CountOptions = {}): HuffmanCode {
  checkLengths(lengths);
  const number = symbolCount(options);
  const alphabet = lengths.length;
  const encoder = prefixEncoder(new Uint8Array(lengths));
  const decode = wordsDecoder(lengths);

  function bitLength(symbols: Codes): number {
    checkCodes("symbols", symbols);
    let bits = 0;
    for (let i = 0; i < symbols.length; i++) {
      const length = encoder.lengths[symbols[i]!];
      if (length === undefined || (length === 0 && alphabet > 1)) {
        throw new RangeError(`symbols[${i}]: expected a symbol that has a code word, got ${symbols[i]}`);
      }
      bits += length;
    }
    return bits;
  }

  return Object.freeze({
    name: "huffman",
    bitLength,
    encode(symbols: Codes) {
      const bytes = new Uint8Array(Math.ceil(bitLength(symbols) / 8));
      encodeCodeWords(encoder, symbols, { bytes, startBit: 0 });
      return number.join(symbols.length, bytes);
    },
    decode: (encoded: Uint8Array) => decode(number.split(encoded)),
  });
}
