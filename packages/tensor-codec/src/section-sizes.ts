import { type SymbolStreamSize, symbols } from "@deep-compression/huffman";

/** What the streams of a section take; noted as each is encoded or decoded. */
export interface StreamSizes {
  values?: SymbolStreamSize;
  /** Gaps, or the bytes of the mask; none in the dense form. */
  positions?: SymbolStreamSize;
}

/** Bytes of a section: its parts, and all of it. What is in no part are flags, numbers and lengths. */
export interface SectionSizes extends Readonly<StreamSizes> {
  readonly section: number;
  readonly codebook: number;
  readonly lineMaps: number;
}

/** The codec of one of a section's streams, of a number of symbols that both sides know. */
export function stream<Alphabet extends number>(
  part: keyof StreamSizes,
  options: { readonly alphabet: Alphabet; readonly count: number; readonly sizes: StreamSizes },
) {
  const { alphabet, count, sizes } = options;
  return symbols({
    alphabet,
    count,
    onSize: (size) => {
      sizes[part] = size;
    },
  });
}
