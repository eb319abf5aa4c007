import { type Codes, checkInteger } from "@deep-compression/bits";
import { checkCounts } from "./code-lengths";
import { histogram } from "./histogram";
import { planStream, type StreamForm, type StreamPlan } from "./stream-plan";
import { decodeStream, type SymbolStreamOptions } from "./symbol-stream";

/** What a stream takes. `tableBytes + dataBytes = bytes`; a byte that holds bits of both counts to the table. */
export interface SymbolStreamSize {
  readonly form: StreamForm;
  /** Bits of form, constant symbol or code-length table, and lengths of chunks and streams. */
  readonly tableBits: number;
  /** Bits of the symbols, without padding. */
  readonly dataBits: number;
  readonly tableBytes: number;
  readonly dataBytes: number;
  readonly bytes: number;
  /** Code lengths, in the Huffman forms. */
  readonly lengths?: Uint8Array;
}

/**
 * What {@link encodeSymbols} would make, exactly, without making it.
 *
 * @param input the symbols with their alphabet; or the counts of the whole alphabet, if there are at most 65,536
 * symbols: more are coded in chunks, whose size depends on their order
 * @throws TypeError, RangeError
 */
export function symbolStreamSize(counts: Uint32Array): SymbolStreamSize;
export function symbolStreamSize(symbols: Codes, options: { readonly alphabet: number }): SymbolStreamSize;
export function symbolStreamSize(
  input: Uint32Array | Codes,
  options?: { readonly alphabet: number },
): SymbolStreamSize {
  if (options === undefined) {
    if (!(input instanceof Uint32Array))
      throw new TypeError("options: expected the alphabet of the symbols, got nothing");
    checkCounts(input);
    return sizeOf(isEmpty(input) ? EMPTY : planStream(input));
  }
  if (input instanceof Uint32Array) throw new TypeError("symbols: expected codes, got counts");
  const counts = histogram(input, checkInteger("alphabet", options.alphabet, { minimum: 1 }));
  return sizeOf(isEmpty(counts) ? EMPTY : planStream(counts, input));
}

/**
 * How the symbols of a stream are written. It decodes the stream, with all the checks of {@link decodeSymbols}.
 *
 * @throws FormatError
 */
export function inspectSymbols(bytes: Uint8Array, options: SymbolStreamOptions): SymbolStreamSize {
  return sizeOf(decodeStream(bytes, options).plan);
}

const EMPTY: StreamPlan = { form: "constant", tableBits: 0, dataBits: 0, bytes: 0 };

function isEmpty(counts: Uint32Array): boolean {
  return counts.length === 1 || counts.every((count) => count === 0);
}

function sizeOf(plan: StreamPlan): SymbolStreamSize {
  const tableBytes = Math.ceil(plan.tableBits / 8);
  return { ...plan, tableBytes, dataBytes: plan.bytes - tableBytes };
}
