export { canonicalCodes } from "./canonical-codes";
export { decodeCodeLengths, encodeCodeLengths, readCodeLengths, writeCodeLengths } from "./code-length-table";
export { codeLengths, MAX_CODE_LENGTH } from "./code-lengths";
export { histogram, MAX_ALPHABET } from "./histogram";
export { type HuffmanCode, huffman } from "./huffman";
export type { StreamMode } from "./stream-modes";
export { inspectSymbols, type SymbolStreamSize, symbolStreamSize } from "./stream-size";
export { decodeSymbols, type EncodeOptions, encodeSymbols, type SymbolStreamOptions } from "./symbol-stream";
