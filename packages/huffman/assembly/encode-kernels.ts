export { countBytes, countWords } from "./count";
export { buildPairs, encodeChunk } from "./encode";
export { CODED, CODES, COUNTS, PAIRS, SYMBOLS } from "./encode-memory";
