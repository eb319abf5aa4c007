import type { Codec, Codes, CodesOf } from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";
import { MAX_ALPHABET } from "./histogram";
import { type SymbolStreamSize, sizeOf } from "./stream-modes";
import { type CountOptions, symbolCount } from "./symbol-count";
import { decodeStream, type EncodeOptions, planSymbols } from "./symbol-stream";

/** What both sides of the codec must be told. */
export interface SymbolsOptions<Alphabet extends number = number> extends EncodeOptions, CountOptions {
  readonly alphabet: Alphabet;
  /** Told what each stream takes that is encoded or decoded, without the number in front. */
  readonly onSize?: (size: SymbolStreamSize) => void;
}

/**
 * The codec of symbols as the stream that `encodeSymbols` writes, with their number in front as a varint; with `count` the
 * stream alone, of exactly so many (docs/format.md, "Symbol streams"). Symbols are a Uint8Array if `alphabet` is at most
 * 256, else a Uint16Array.
 *
 * @throws TypeError, RangeError on wrong arguments
 * @throws RangeError in `encode` if a symbol is outside the alphabet, or their number not `count` or above `maxCount`
 * @throws FormatError in `decode`, as `decodeSymbols`, and "limit-exceeded" if their number is above `maxCount`
 */
export function symbols<Alphabet extends number>(
  options: SymbolsOptions<Alphabet>,
): Codec<CodesOf<Alphabet>, Uint8Array>;
export function symbols(options: SymbolsOptions): Codec<Codes, Uint8Array> {
  const alphabet = checkInteger("alphabet", options?.alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  const { kernels, onSize } = options;
  const number = symbolCount(options);
  return Object.freeze({
    name: "symbols",
    encode(values: Codes) {
      const plan = planSymbols(values, { alphabet, kernels });
      const bytes = number.join(values.length, plan.write());
      onSize?.(sizeOf(plan.bits));
      return bytes;
    },
    decode(encoded: Uint8Array) {
      const { bytes, ...rest } = number.split(encoded);
      const { symbols: values, bits } = decodeStream(bytes, { alphabet, kernels, ...rest });
      onSize?.(sizeOf(bits));
      return values;
    },
  });
}
