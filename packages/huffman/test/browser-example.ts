import { decodeSymbols } from "@deep-compression/huffman";

const bytes = Uint8Array.of(246, 85, 157, 252, 166, 19, 211, 19, 39, 166, 19, 211, 103, 58); // comes with the page
const levels = [0, -0.1, 0.1, -0.2, 0.2, -0.4, 0.4, 0.8];
export const codes = decodeSymbols(bytes, { alphabet: levels.length, count: 40 }); // 7, 0, 2, 0, 1, 3, ...
export const weights = Array.from(codes, (code) => levels[code]);
