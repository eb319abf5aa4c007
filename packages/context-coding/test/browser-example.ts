import { contextCoding } from "@deep-compression/context-coding";

// Three kernels of 3 x 3: ranks of shared values, counted from 0. Most weights are pruned.
const ranks = Int16Array.of(0, 2, 0, 1, 3, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 1, -2, 0, 2, -1, 0, 1);
const codec = contextCoding({ rows: 3, columns: 9, grid: { height: 3, width: 3 }, lowest: -2, highest: 3 });
const bytes = codec.encode(ranks);
export const byteLength = bytes.length; // 8 of them
export const back = codec.decode(bytes); // the ranks again
