import type { Codes } from "@deep-compression/bits";
import { sizeWithoutRuns } from "./cheapest-mode";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import { checkCounts } from "./code-lengths";
import { totalOf } from "./histogram";
import { type SymbolStreamSize, sizeOf } from "./stream-modes";
import { decodeStream, type EncodeOptions, planSymbols, type SymbolStreamOptions } from "./symbol-stream";

/**
 * What {@link encodeSymbols} would make, exactly. Streams in chunks are made for it, and let go. The counts of the whole
 * alphabet, of at most 65,536 symbols, do not tell the order: they give the cheapest form but run lengths, which may be
 * smaller still where one symbol is at least half of all.
 *
 * @throws TypeError on wrong arguments, RangeError if a symbol is outside the alphabet, or for counts of more symbols
 */
export function symbolStreamSize(counts: Uint32Array): SymbolStreamSize;
export function symbolStreamSize(symbols: Codes, options: EncodeOptions): SymbolStreamSize;
export function symbolStreamSize(input: Uint32Array | Codes, options?: EncodeOptions): SymbolStreamSize {
  if (options === undefined) {
    if (!(input instanceof Uint32Array)) {
      throw new TypeError("options: expected the alphabet of the symbols, got nothing");
    }
    checkCounts(input);
    if (totalOf(input) > CHUNK_SYMBOLS) {
      throw new RangeError(`symbols: expected for more than ${CHUNK_SYMBOLS} symbols, got their counts only`);
    }
    return sizeOf(sizeWithoutRuns(input));
  }
  if (input instanceof Uint32Array) throw new TypeError("symbols: expected codes, got counts");
  return sizeOf(planSymbols(input, options).bits);
}

/**
 * How the symbols of a stream are written. It decodes the stream, with all the checks of {@link decodeSymbols}.
 *
 * @throws TypeError, RangeError on wrong arguments
 * @throws FormatError as {@link decodeSymbols}
 */
export function inspectSymbols(bytes: Uint8Array, options: SymbolStreamOptions): SymbolStreamSize {
  return sizeOf(decodeStream(bytes, options).bits);
}
