import { codeLengthTableBits } from "./code-length-table";
import { codeLengthsByLimit } from "./code-lengths";
import { bitWidth, distinctSymbols } from "./histogram";
import { countedBits } from "./prefix-encoder";

/** Up to this many symbols codes have at most 12 bits: the decoder's table holds them all. */
const SHORT_CODE_SYMBOLS = 1024;
export const SHORT_CODE_LENGTH = 12;
const LONG_CODE_LENGTH = 20;

/** The longest code that a stream may give to one of `symbols` symbols (docs/format.md, "Symbol streams"). */
export function codeLengthLimit(symbols: number): number {
  return symbols <= SHORT_CODE_SYMBOLS ? SHORT_CODE_LENGTH : LONG_CODE_LENGTH;
}

/** A Huffman code as a stream holds it. */
export interface StreamCode {
  readonly lengths: Uint8Array;
  readonly tableBits: number;
  /** Bits of the symbols it was made for. */
  readonly dataBits: number;
}

/**
 * The code that takes the fewest bits with its table for at least two symbols that occur: a lower limit on the lengths
 * costs bits of data, but evens the table out. Among equals the lowest limit.
 */
export function streamCode(counts: Uint32Array): StreamCode {
  const distinct = distinctSymbols(counts);
  const maximum = codeLengthLimit(distinct);
  const minimum = maximum === SHORT_CODE_LENGTH ? bitWidth(distinct) : maximum;
  const codes = codeLengthsByLimit(counts, { minimum, maximum }).map((lengths) => ({
    lengths,
    tableBits: codeLengthTableBits(lengths),
    dataBits: countedBits(lengths, counts),
  }));
  return codes.reduce((best, code) => (code.tableBits + code.dataBits < best.tableBits + best.dataBits ? code : best));
}
