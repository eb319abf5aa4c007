import { byteReader, byteWriter, FormatError } from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";

/** How a codec of symbols tells their number. */
export interface CountOptions {
  /** Number of symbols, if both sides know it: then it is not in the bytes. */
  readonly count?: number;
  /**
   * Without `count`, the most symbols that may have less than a bit each: no bytes stand behind their number.
   * Default 2^24.
   */
  readonly maxCount?: number;
}

const DEFAULT_MAX_COUNT = 2 ** 24;

/** Coded symbols with their number in front as a varint, or without it if it is known. */
export interface SymbolCount {
  /** @throws RangeError if there are not as many symbols as there must be, or more than there may be */
  join(count: number, bytes: Uint8Array): Uint8Array;
  /** @throws FormatError "limit-exceeded" if there are more symbols than there may be */
  split(bytes: Uint8Array): { readonly count: number; readonly bytes: Uint8Array; readonly baseOffset: number };
}

/** The framing that the options ask for. @throws TypeError, RangeError */
export function symbolCount(options: CountOptions): SymbolCount {
  const { count: known, maxCount = DEFAULT_MAX_COUNT } = options;
  if (known !== undefined) checkInteger("count", known);
  checkInteger("maxCount", maxCount);
  const tooMany = (count: number, byteLength: number) => count > maxCount && count > 8 * byteLength;
  return {
    join(count, bytes) {
      if (known === undefined ? tooMany(count, bytes.length) : count !== known) {
        throw new RangeError(`symbols: expected ${known ?? `at most ${maxCount}`} of them, got ${count}`);
      }
      if (known !== undefined) return bytes;
      const out = byteWriter();
      out.varint(count);
      out.bytes(bytes);
      return out.finish();
    },
    split(bytes) {
      const reader = byteReader(bytes);
      const count = known ?? reader.varint();
      if (known === undefined && tooMany(count, reader.remaining)) {
        throw new FormatError("limit-exceeded", `at most ${maxCount} symbols expected, got ${count}`, { offset: 0 });
      }
      return { count, baseOffset: reader.offset, bytes: reader.bytes(reader.remaining) };
    },
  };
}
