import { byteReader, byteWriter, type Codec, type Codes, type CodesOf, FormatError } from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";
import { MAX_ALPHABET } from "./histogram";
import { type SymbolStreamSize, sizeOf } from "./stream-size";
import { decodeStream, type EncodeOptions, planSymbols } from "./symbol-stream";

export interface SymbolsOptions<Alphabet extends number = number> extends EncodeOptions {
  readonly alphabet: Alphabet;
  /** Number of symbols, if both sides know it: then it is not in the bytes. */
  readonly count?: number;
  /**
   * Without `count`, the most symbols of a stream that has less than a bit for each, as a constant or run lengths may
   * have: no bytes stand behind their number. Default 2^24.
   */
  readonly maxCount?: number;
  /** Told what each stream takes that is encoded or decoded, without the number in front. */
  readonly onSize?: (size: SymbolStreamSize) => void;
}

const DEFAULT_MAX_COUNT = 2 ** 24;

/**
 * The codec of symbols as the stream that {@link encodeSymbols} writes, with their number in front as a varint; with `count`
 * the stream alone, of exactly so many (docs/format.md, "Symbol streams"). Symbols are a Uint8Array if `alphabet` is at
 * most 256, else a Uint16Array.
 *
 * `encode` @throws RangeError if a symbol is outside the alphabet, or their number not `count` or above `maxCount`
 */
export function symbols<Alphabet extends number>(
  options: SymbolsOptions<Alphabet>,
): Codec<CodesOf<Alphabet>, Uint8Array>;
export function symbols(options: SymbolsOptions): Codec<Codes, Uint8Array> {
  const { alphabet, count, kernels, maxCount = DEFAULT_MAX_COUNT, onSize } = options ?? {};
  checkInteger("alphabet", alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  if (count !== undefined) checkInteger("count", count);
  checkInteger("maxCount", maxCount);

  /** Whether a stream of so many bytes may have so many symbols. */
  function allows(number: number, bytes: number): boolean {
    return count === undefined ? number <= maxCount || number <= 8 * bytes : number === count;
  }

  return Object.freeze({
    name: "symbols",
    encode(values: Codes) {
      const plan = planSymbols(values, { alphabet, kernels });
      if (!allows(values.length, plan.bytes)) {
        throw new RangeError(`symbols: expected ${count ?? `at most ${maxCount}`} of them, got ${values.length}`);
      }
      onSize?.(sizeOf(plan));
      if (count !== undefined) return plan.write();
      const out = byteWriter();
      out.varint(values.length);
      out.bytes(plan.write());
      return out.finish();
    },
    decode(bytes: Uint8Array) {
      const reader = byteReader(bytes);
      const number = count ?? reader.varint();
      if (!allows(number, reader.remaining)) {
        throw new FormatError("limit-exceeded", `${number} symbols, more than ${maxCount}`, { offset: 0 });
      }
      const baseOffset = reader.offset;
      const stream = reader.bytes(reader.remaining);
      const { symbols, bits } = decodeStream(stream, { alphabet, count: number, baseOffset, kernels });
      onSize?.(sizeOf(bits));
      return symbols;
    },
  });
}
