export { canonicalCodes } from "./canonical-codes";
export { decodeCodeLengths, encodeCodeLengths, readCodeLengths, writeCodeLengths } from "./code-length-table";
export { codeLengths, MAX_CODE_LENGTH } from "./code-lengths";
export { histogram, MAX_ALPHABET } from "./histogram";
export { type HuffmanCode, huffman } from "./huffman";
export type { StreamForm } from "./stream-plan";
export { inspectSymbols, type SymbolStreamSize, symbolStreamSize } from "./stream-size";
export { decodeSymbols, encodeSymbols, type SymbolStreamOptions } from "./symbol-stream";
