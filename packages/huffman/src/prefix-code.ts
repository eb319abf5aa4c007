import { codeLengthTableBits } from "./code-length-table";
import { codeLengthsByLimit } from "./code-lengths";
import { bitWidth, distinctSymbols } from "./histogram";
import { countedBits } from "./prefix-encoder";

/** Of up to this many symbols none has more than 12 bits: the decoder's table holds them all. */
const SHORT_CODE_SYMBOLS = 1024;
export const SHORT_CODE_LENGTH = 12;
const LONG_CODE_LENGTH = 20;

/** Most bits of a code word among `symbols` symbols present in a stream (docs/format.md, "Choice of mode", "Chunks"). */
export function codeLengthLimit(symbols: number): number {
  return symbols <= SHORT_CODE_SYMBOLS ? SHORT_CODE_LENGTH : LONG_CODE_LENGTH;
}

/** A prefix code as a stream holds it. */
export interface PrefixCode {
  readonly lengths: Uint8Array;
  readonly tableBits: number;
  /** Bits of the code words of the symbols it was made for. */
  readonly dataBits: number;
}

/**
 * The prefix code that takes the fewest bits with its table for at least two symbols that occur: a lower limit on the
 * lengths costs bits of data, but evens the table out. Among equals the lowest limit (docs/format.md, "Choice of mode").
 */
export function cheapestPrefixCode(counts: Uint32Array): PrefixCode {
  const distinct = distinctSymbols(counts);
  const maximum = codeLengthLimit(distinct);
  const minimum = maximum === SHORT_CODE_LENGTH ? bitWidth(distinct) : maximum;
  const prefixCodes = codeLengthsByLimit(counts, { minimum, maximum }).map((lengths) => ({
    lengths,
    tableBits: codeLengthTableBits(lengths),
    dataBits: countedBits(lengths, counts),
  }));
  const bitsOf = ({ tableBits, dataBits }: PrefixCode) => tableBits + dataBits;
  return prefixCodes.reduce((best, one) => (bitsOf(one) < bitsOf(best) ? one : best));
}
