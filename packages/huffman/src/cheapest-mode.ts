import { type Codes, varintLength } from "@deep-compression/bits";
import { bitWidth, countsOf, distinctSymbols, dominantSymbol, entropyBits, totalOf } from "./histogram";
import { cheapestPrefixCode } from "./prefix-code";
import { TOKEN_ALPHABET, toRunLengths } from "./run-lengths";
import { EMPTY, MODE_MARKS, type StreamBits, type StreamMode } from "./stream-modes";

/**
 * How up to 65,536 symbols are written, in no other way, so that a decoder that has them can tell whether the bytes are
 * canonical: in the mode that takes the fewest bytes; among equals fixed before huffman before runs (docs/format.md,
 * "Choice of mode").
 *
 * @throws RangeError if a symbol is outside the alphabet
 */
export function cheapestStream(symbols: Codes, alphabet: number): StreamBits {
  const counts = countsOf(symbols, alphabet);
  const whole = sizeWithoutRuns(counts);
  const dominant = runsDominant(counts, symbols.length);
  if (dominant === undefined) return whole;
  const runs = toRunLengths(symbols, dominant);
  const asRuns = sizeOfRuns(runs, {
    alphabet,
    tokens: sizeWithoutRuns(countsOf(runs.tokens, TOKEN_ALPHABET)),
    others: sizeWithoutRuns(countsOf(runs.others, alphabet)),
  });
  return asRuns.bytes < whole.bytes ? asRuns : whole;
}

/** The dominant symbol, if runs of it are worth a try: it is half of all symbols at least, and not the only one. */
export function runsDominant(counts: Uint32Array, length: number): number | undefined {
  const dominant = dominantSymbol(counts);
  const count = counts[dominant]!;
  return 2 * count >= length && count < length ? dominant : undefined;
}

/** What up to 65,536 symbols of these counts take in the mode constant, fixed or huffman. */
export function sizeWithoutRuns(counts: Uint32Array): StreamBits {
  const distinct = distinctSymbols(counts);
  if (distinct === 0 || counts.length === 1) return EMPTY;
  if (distinct === 1) return inBytes("constant", { tableBits: bitWidth(counts.length), dataBits: 0 });
  const fixed = sizeOfFixed(counts);
  // A table has a bit at least for each symbol that occurs.
  if (fixed.dataBits <= entropyBits(counts) + distinct) return fixed;
  const coded = inBytes("huffman", cheapestPrefixCode(counts));
  return fixed.bytes <= coded.bytes ? fixed : coded;
}

/** What symbols of these counts take in the mode fixed. */
export function sizeOfFixed(counts: Uint32Array): StreamBits {
  return inBytes("fixed", { tableBits: 0, dataBits: totalOf(counts) * bitWidth(counts.length) });
}

/** What runs take whose tokens and others take so much. */
export function sizeOfRuns(
  runs: { readonly dominant: number; readonly tokens: Codes },
  options: { readonly alphabet: number; readonly tokens: StreamBits; readonly others: StreamBits },
): StreamBits {
  const { alphabet, tokens, others } = options;
  const markBytes = Math.ceil((MODE_MARKS.runs.bits + bitWidth(alphabet)) / 8);
  const frontBytes = markBytes + varintLength(runs.tokens.length) + varintLength(tokens.bytes);
  return {
    mode: "runs",
    dominant: runs.dominant,
    tableBits: 8 * frontBytes + tokens.tableBits + others.tableBits,
    dataBits: tokens.dataBits + others.dataBits,
    bytes: frontBytes + tokens.bytes + others.bytes,
  };
}

function inBytes(mode: StreamMode, bits: Pick<StreamBits, "tableBits" | "dataBits" | "lengths">): StreamBits {
  const { lengths, dataBits } = bits;
  const tableBits = MODE_MARKS[mode].bits + bits.tableBits;
  const bytes = Math.ceil((tableBits + dataBits) / 8);
  return { mode, lengths, tableBits, dataBits, bytes };
}
