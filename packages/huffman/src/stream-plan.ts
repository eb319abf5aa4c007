import { bitWriter, type Codes } from "@deep-compression/bits";
import { chunkCounts } from "./chunk-counts";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import { planChunks } from "./chunk-writer";
import { writeCodeLengths } from "./code-length-table";
import { bitWidth, distinctSymbols, dominantSymbol, histogram } from "./histogram";
import type { Kernels } from "./kernels";
import { encodePrefixCodes, fixedWidthEncoder, prefixEncoder } from "./prefix-encoder";
import { TOKEN_ALPHABET, toRunLengths } from "./run-lengths";
import { planRuns } from "./runs-plan";
import { streamCode } from "./stream-code";
import { EMPTY, FORM_MARKS, type StreamBits, type StreamForm, type StreamPlan } from "./stream-forms";

export interface PlanOptions {
  /** Symbols are 0..alphabet - 1; 1..65,536. */
  readonly alphabet: number;
  readonly kernels: Kernels;
}

/**
 * The form that takes the fewest bytes; among equals fixed width before Huffman before run lengths. Up to 65,536 symbols
 * are written in no other way, so a decoder that has them can tell whether the bytes are canonical.
 *
 * @throws RangeError if a symbol is outside the alphabet
 */
export function planStream(symbols: Codes, options: PlanOptions): StreamPlan {
  const { plan, counts } = planWithoutRuns(symbols, options);
  const dominant = dominantSymbol(counts);
  if (plan.form === "constant" || 2 * counts[dominant] < symbols.length) return plan;
  const runs = toRunLengths(symbols, dominant);
  const tokenPlan = planWithoutRuns(runs.tokens, { ...options, alphabet: TOKEN_ALPHABET }).plan;
  const otherPlan = planWithoutRuns(runs.others, options).plan;
  const asRuns = planRuns(runs, { alphabet: options.alphabet, tokenPlan, otherPlan });
  return asRuns.bytes < plan.bytes ? asRuns : plan;
}

/** The form that takes the fewest bytes among those that may stand within run lengths. */
export function planWithoutRuns(
  symbols: Codes,
  options: PlanOptions,
): { readonly plan: StreamPlan; readonly counts: Uint32Array } {
  const { alphabet, kernels } = options;
  if (symbols.length <= CHUNK_SYMBOLS) {
    const counts = histogram(symbols, alphabet);
    const bits = sizeWithoutRuns(counts);
    return { counts, plan: { ...bits, write: () => writeCodes(bits, symbols, alphabet) } };
  }
  const counts = chunkCounts(symbols, { alphabet, kernels });
  const fixed = sizeOfFixed(counts.total);
  const whole = distinctSymbols(counts.total) < 2 ? sizeWithoutRuns(counts.total) : fixed;
  const plan = { ...whole, write: () => writeCodes(whole, symbols, alphabet) };
  if (whole !== fixed) return { counts: counts.total, plan };
  const chunked = planChunks(symbols, { counts, kernels });
  return { counts: counts.total, plan: fixed.bytes <= chunked.bytes ? plan : chunked };
}

/** What symbols of these counts take in one piece: constant, fixed width or Huffman. */
export function sizeWithoutRuns(counts: Uint32Array): StreamBits {
  const distinct = distinctSymbols(counts);
  if (distinct === 0 || counts.length === 1) return EMPTY;
  if (distinct === 1) return inBytes("constant", { tableBits: bitWidth(counts.length), dataBits: 0 });
  const fixed = sizeOfFixed(counts);
  const coded = inBytes("huffman", streamCode(counts));
  return fixed.bytes <= coded.bytes ? fixed : coded;
}

function sizeOfFixed(counts: Uint32Array): StreamBits {
  const count = counts.reduce((sum, number) => sum + number, 0);
  return inBytes("fixed", { tableBits: 0, dataBits: count * bitWidth(counts.length) });
}

function inBytes(form: StreamForm, bits: Pick<StreamBits, "tableBits" | "dataBits" | "lengths">): StreamBits {
  const tableBits = FORM_MARKS[form].bits + bits.tableBits;
  return { ...bits, form, tableBits, bytes: Math.ceil((tableBits + bits.dataBits) / 8) };
}

/** A stream in one sequence of bits. */
function writeCodes({ form, lengths, bytes }: StreamBits, symbols: Codes, alphabet: number): Uint8Array {
  if (bytes === 0) return new Uint8Array(0);
  const header = bitWriter();
  header.write(FORM_MARKS[form].value, FORM_MARKS[form].bits);
  if (form === "constant") header.write(symbols[0], bitWidth(alphabet));
  if (lengths !== undefined) writeCodeLengths(header, lengths);
  const written = new Uint8Array(bytes);
  written.set(header.finish());
  if (form !== "constant") {
    const encoder = lengths === undefined ? fixedWidthEncoder(alphabet, bitWidth(alphabet)) : prefixEncoder(lengths);
    encodePrefixCodes(encoder, symbols, { bytes: written, startBit: header.bitLength });
  }
  return written;
}
