import type { Codes } from "@deep-compression/bits";
import { CHUNK_SYMBOLS, chunkedSize } from "./chunks";
import { codeLengthTableBits } from "./code-length-table";
import { codeLengthsByLimit, distinctSymbols } from "./code-lengths";
import { bitWidth } from "./histogram";
import { countedBits } from "./prefix-encoder";

/** Forms of a symbol stream by the number that stands in its first two bits (docs/format.md, "Symbol streams"). */
export const FORMS = ["constant", "fixed", "huffman", "huffman-chunked"] as const;
export type StreamForm = (typeof FORMS)[number];
export const FORM_BITS = 2;

/** Up to this many distinct symbols codes have at most 12 bits: the decoder's table holds them all. */
const SHORT_CODE_SYMBOLS = 1024;
const SHORT_CODE_LENGTH = 12;
const LONG_CODE_LENGTH = 20;

/** How a stream is written, and what it takes, to the bit. */
export interface StreamPlan {
  readonly form: StreamForm;
  /** Code lengths, in the two Huffman forms. */
  readonly lengths?: Uint8Array;
  /** Bits of the form, the constant symbol or the code-length table, and in the chunked form of the lengths of chunks and streams. */
  readonly tableBits: number;
  /** Bits of the symbols, without padding. */
  readonly dataBits: number;
  /** Bytes of the whole stream. */
  readonly bytes: number;
}

/**
 * The form that takes the fewest bytes, the first one of {@link FORMS} among equals. A stream is written in no other,
 * so a decoder that has the symbols can tell whether the bytes are canonical.
 *
 * @param counts of the alphabet, which has at least two symbols, and of which at least one occurs
 * @param symbols needed for more than 65,536 symbols, since each stream of a chunk is padded on its own
 */
export function planStream(counts: Uint32Array, symbols?: Codes): StreamPlan {
  const width = bitWidth(counts.length);
  const count = counts.reduce((sum, number) => sum + number, 0);
  const distinct = distinctSymbols(counts);
  if (distinct === 1) return unchunked("constant", { tableBits: FORM_BITS + width, dataBits: 0 });
  const fixed = unchunked("fixed", { tableBits: FORM_BITS, dataBits: count * width });
  const lengths = streamCodeLengths(counts, distinct);
  const bits = { tableBits: FORM_BITS + codeLengthTableBits(lengths), dataBits: countedBits(lengths, counts), lengths };
  const coded = count <= CHUNK_SYMBOLS ? unchunked("huffman", bits) : chunked(bits, symbols);
  return fixed.bytes <= coded.bytes ? fixed : coded;
}

/**
 * The code lengths that take the fewest bits with their table: a lower limit on their length costs bits of data, but
 * evens the table out. Among equals the lowest limit.
 */
function streamCodeLengths(counts: Uint32Array, distinct: number): Uint8Array {
  const short = distinct <= SHORT_CODE_SYMBOLS;
  const maximum = short ? SHORT_CODE_LENGTH : LONG_CODE_LENGTH;
  const candidates = codeLengthsByLimit(counts, { minimum: short ? bitWidth(distinct) : maximum, maximum });
  const sizes = candidates.map((lengths) => codeLengthTableBits(lengths) + countedBits(lengths, counts));
  return candidates[sizes.indexOf(Math.min(...sizes))];
}

type StreamBits = Pick<StreamPlan, "tableBits" | "dataBits" | "lengths">;

function unchunked(form: StreamForm, bits: StreamBits): StreamPlan {
  return { form, ...bits, bytes: Math.ceil((bits.tableBits + bits.dataBits) / 8) };
}

function chunked(bits: StreamBits & { readonly lengths: Uint8Array }, symbols: Codes | undefined): StreamPlan {
  if (symbols === undefined) {
    throw new RangeError(`symbols: expected for more than ${CHUNK_SYMBOLS} symbols, got their counts only`);
  }
  const { headerBytes, streamBytes } = chunkedSize(bits.lengths, symbols);
  return {
    form: "huffman-chunked",
    ...bits,
    tableBits: bits.tableBits + 8 * headerBytes,
    bytes: Math.ceil(bits.tableBits / 8) + headerBytes + streamBytes,
  };
}
