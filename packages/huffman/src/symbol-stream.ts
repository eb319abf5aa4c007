import {
  type BitReader,
  bitReader,
  bitWriter,
  type Codes,
  checkBytes,
  checkInteger,
  FormatError,
} from "@deep-compression/bits";
import { decodeChunks, encodeChunks } from "./chunks";
import { readCodeLengths, writeCodeLengths } from "./code-length-table";
import { decodeFixedWidth } from "./fixed-width";
import { bitWidth, histogram, MAX_ALPHABET } from "./histogram";
import { symbolArray } from "./huffman";
import { checkStreamEnd, decodePrefixCodes, prefixDecoder } from "./prefix-decoder";
import { encodePrefixCodes, fixedWidthEncoder, type PrefixEncoder, prefixEncoder } from "./prefix-encoder";
import { FORM_BITS, FORMS, planStream, type StreamForm, type StreamPlan } from "./stream-plan";

/** What a reader of a stream must know beforehand; the stream does not repeat it. */
export interface SymbolStreamOptions {
  /** Symbols are 0..alphabet - 1; 1..65,536. */
  readonly alphabet: number;
  /**
   * Number of symbols. A constant stream of a few bytes holds any number, so this is the caller's word: check it
   * against what the symbols are for before asking.
   */
  readonly count: number;
  /** Added to the byte offsets that errors carry; default 0. */
  readonly baseOffset?: number;
}

/**
 * A stream of symbols in the form that takes the fewest bytes: constant, fixed width, Huffman, or Huffman in chunks of
 * 65,536 symbols if there are more than that (docs/format.md, "Symbol streams").
 *
 * @param options.alphabet 1..65,536
 * @returns no bytes at all if there is no symbol, or none to choose from
 * @throws TypeError, RangeError if a symbol is outside the alphabet
 */
export function encodeSymbols(symbols: Codes, options: { readonly alphabet: number }): Uint8Array {
  const { alphabet } = options;
  const counts = histogram(symbols, alphabet);
  if (symbols.length === 0 || alphabet === 1) return new Uint8Array(0);
  const plan = planStream(counts, symbols);
  const header = bitWriter();
  header.write(FORMS.indexOf(plan.form), FORM_BITS);
  if (plan.form === "constant") header.write(symbols[0], bitWidth(alphabet));
  if (plan.lengths !== undefined) writeCodeLengths(header, plan.lengths);
  const bytes = new Uint8Array(plan.bytes);
  const headerBytes = header.finish();
  bytes.set(headerBytes);
  if (plan.form === "huffman-chunked" && plan.lengths !== undefined) {
    bytes.set(encodeChunks(plan.lengths, symbols), headerBytes.length);
  } else if (plan.form !== "constant") {
    encodePrefixCodes(encoderOf(plan, alphabet), symbols, { bytes, startBit: header.bitLength });
  }
  return bytes;
}

function encoderOf(plan: StreamPlan, alphabet: number): PrefixEncoder {
  return plan.lengths === undefined ? fixedWidthEncoder(alphabet, bitWidth(alphabet)) : prefixEncoder(plan.lengths);
}

/**
 * The symbols that {@link encodeSymbols} wrote. Strict: it succeeds only on the very bytes that encoding the symbols
 * gives. Memory is taken for `count` symbols, in the Huffman and fixed forms only after the bytes are found to be
 * enough for them.
 *
 * @returns a Uint8Array if `alphabet` is at most 256, else a Uint16Array
 * @throws FormatError
 */
export function decodeSymbols(bytes: Uint8Array, options: SymbolStreamOptions): Codes {
  return decodeStream(bytes, options).symbols;
}

/** The symbols and how they are written. */
export function decodeStream(
  bytes: Uint8Array,
  options: SymbolStreamOptions,
): { readonly symbols: Codes; readonly plan: StreamPlan } {
  checkBytes("bytes", bytes);
  const { baseOffset = 0 } = options;
  const alphabet = checkInteger("alphabet", options.alphabet, { minimum: 1, maximum: MAX_ALPHABET });
  const count = checkInteger("count", options.count);
  const reader = bitReader(bytes, { baseOffset });
  if (count === 0 || alphabet === 1) {
    reader.expectEnd();
    return { symbols: symbolArray(alphabet, count), plan: { form: "constant", tableBits: 0, dataBits: 0, bytes: 0 } };
  }
  const form = FORMS[reader.read(FORM_BITS)];
  const found = readForm(form, { bytes, reader, alphabet, count, baseOffset });
  const plan = planStream(histogram(found.symbols, alphabet), found.symbols);
  if (plan.form !== form || plan.lengths?.some((length, symbol) => length !== found.lengths?.[symbol])) {
    throw new FormatError("not-canonical", "the symbols take fewer bytes in another way", { offset: baseOffset });
  }
  return { symbols: found.symbols, plan };
}

interface OpenStream extends Required<SymbolStreamOptions> {
  readonly bytes: Uint8Array;
  /** Stands behind the form. */
  readonly reader: BitReader;
}

function readForm(form: StreamForm, stream: OpenStream): { readonly symbols: Codes; readonly lengths?: Uint8Array } {
  if (form === "constant") return readConstant(stream);
  const { bytes, reader, alphabet, count, baseOffset } = stream;
  if (count > 8 * bytes.length) {
    const message = `${count} symbols do not fit in ${bytes.length} bytes`;
    throw new FormatError("truncated", message, { offset: baseOffset + bytes.length });
  }
  const lengths = form === "fixed" ? undefined : readCodeLengths(reader, { alphabet, baseOffset });
  const symbols = symbolArray(alphabet, count);
  const span = { bytes, startBit: reader.position, baseOffset };
  if (lengths === undefined) {
    checkStreamEnd(span, decodeFixedWidth(span, { width: bitWidth(alphabet), alphabet, symbols }));
  } else if (form === "huffman") {
    checkStreamEnd(span, decodePrefixCodes(prefixDecoder(lengths), span, symbols));
  } else {
    const start = Math.ceil(reader.position / 8);
    checkStreamEnd({ ...span, bytes: bytes.subarray(0, start) }, reader.position);
    decodeChunks(bytes.subarray(start), { lengths, symbols, baseOffset: baseOffset + start });
  }
  return { symbols, lengths };
}

function readConstant({ reader, alphabet, count, baseOffset }: OpenStream): { readonly symbols: Codes } {
  const symbol = reader.read(bitWidth(alphabet));
  reader.expectEnd();
  if (symbol >= alphabet) {
    throw new FormatError("out-of-range", `symbol: expected less than ${alphabet}, got ${symbol}`, {
      offset: baseOffset,
    });
  }
  return { symbols: symbolArray(alphabet, count).fill(symbol) };
}
