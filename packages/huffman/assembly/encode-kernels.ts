export { countBytes, countWords } from "./count";
export { buildPairs, encodeBytes, encodeWords } from "./encode";
export { CODED, CODES, COUNTS, PAIRS, SYMBOLS } from "./encode-memory";
