import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";

const symbols = Uint8Array.from({ length: 100_000 }, (_, i) => Math.clz32(Math.imul(i, 0x9e3779b1)));
export const bytes = encodeSymbols(symbols, { alphabet: 33 });
export const restored = decodeSymbols(bytes, { alphabet: 33, count: symbols.length });
export const bitsASymbol = (8 * bytes.length) / symbols.length; // 2.00
