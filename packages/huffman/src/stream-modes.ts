/** Modes of a symbol stream (docs/format.md, "Symbol streams"). */
export type StreamMode = "constant" | "runs" | "fixed" | "huffman" | "huffman-chunked";

/** What begins a stream, and how many bits that takes. */
export const MODE_MARKS = {
  constant: { value: 0b000, bits: 3 },
  runs: { value: 0b100, bits: 3 },
  fixed: { value: 1, bits: 2 },
  huffman: { value: 2, bits: 2 },
  "huffman-chunked": { value: 3, bits: 2 },
} as const satisfies Record<StreamMode, { readonly value: number; readonly bits: number }>;

/** What a stream takes, to the bit. */
export interface StreamBits {
  readonly mode: StreamMode;
  /** Code lengths, in the Huffman modes: of the first prefix code, if there are several. */
  readonly lengths?: Uint8Array | undefined;
  /** Code lengths of each prefix code, if there are several. */
  readonly tables?: readonly Uint8Array[];
  /** The dominant symbol of run lengths. */
  readonly dominant?: number;
  /** Bits of what is no symbol: mode, constant symbol, code-length tables, lengths of chunks and substreams. */
  readonly tableBits: number;
  /** Bits of the symbols, without padding. */
  readonly dataBits: number;
  /** Bytes of the whole stream. */
  readonly bytes: number;
}

/** A stream as it will be written. */
export interface StreamPlan {
  readonly bits: StreamBits;
  /** The stream, of `bits.bytes` bytes. */
  write(): Uint8Array;
}

/** A stream of no bytes: of no symbol, or of an alphabet of one. */
export const EMPTY: StreamBits = { mode: "constant", tableBits: 0, dataBits: 0, bytes: 0 };

/** What a stream takes. `tableBytes + dataBytes = bytes`; a byte that holds bits of both counts to the table. */
export interface SymbolStreamSize extends StreamBits {
  readonly tableBytes: number;
  readonly dataBytes: number;
}

export function sizeOf(bits: StreamBits): SymbolStreamSize {
  const tableBytes = Math.ceil(bits.tableBits / 8);
  return { ...bits, tableBytes, dataBytes: bits.bytes - tableBytes };
}
