import type { Codes, CodesOf, Decoder } from "@deep-compression/bits";
import { decodeSymbols, type SymbolStreamSize, symbols } from "@deep-compression/huffman";
import type { CentroidPrecision } from "./centroid-precision";
import type { CodedWeight } from "./stored-weight";

/** What the streams of a section take; noted as each is encoded or decoded. */
export interface StreamSizes {
  values?: SymbolStreamSize;
  /** Gaps, or the bytes of the mask; none in the dense form. */
  positions?: SymbolStreamSize;
  /** The run tokens of the first bytes of a mask whose submatrices have levels. */
  runs?: SymbolStreamSize;
  /** Bytes of all bands of the form context, in which positions and values are one. */
  bands?: number;
}

/**
 * Bytes of a section before it is wrapped: its parts, and all of it. What is in no part are flags, numbers and lengths.
 */
export interface SectionSizes extends Readonly<StreamSizes> {
  readonly section: number;
  readonly codebook: number;
  readonly lineMaps: number;
  /** Of a scaled section. */
  readonly scales?: number;
}

/** A weight in codes and the bytes of its section. */
export interface CodedSection {
  readonly stored: CodedWeight;
  readonly bytes: Uint8Array;
  readonly sizes: SectionSizes;
  /** The section is wrapped: see `wrapSection`. */
  readonly isWrapped?: true;
}

/** What a weight does not say of its section. */
export interface EncodingOptions {
  readonly shape: readonly number[];
  readonly precision: CentroidPrecision;
}

/** One of a section's streams, of a number of symbols that both sides know. */
export interface StreamOptions<Alphabet extends number> {
  readonly alphabet: Alphabet;
  readonly count: number;
  readonly sizes: StreamSizes;
}

type StreamPart = "values" | "positions" | "runs";

/** The codec of a stream. */
export function stream<Alphabet extends number>(part: StreamPart, options: StreamOptions<Alphabet>) {
  const { alphabet, count, sizes } = options;
  return symbols({
    alphabet,
    count,
    onSize: (size) => {
      sizes[part] = size;
    },
  });
}

/** The half of {@link stream} that decodes: whoever reads only has no encoder. */
export function streamDecoder<Alphabet extends number>(
  part: StreamPart,
  options: StreamOptions<Alphabet>,
): Decoder<CodesOf<Alphabet>>;
export function streamDecoder(part: StreamPart, options: StreamOptions<number>): Decoder<Codes> {
  const { alphabet, count, sizes } = options;
  const onSize = (size: SymbolStreamSize) => {
    sizes[part] = size;
  };
  return { name: "symbols", decode: (bytes) => decodeSymbols(bytes, { alphabet, count, onSize }) };
}
