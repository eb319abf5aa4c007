export { countBytes, countWords } from "./count";
export { decodeChunk } from "./decode";
export { buildPairs, encodeBytes, encodeWords } from "./encode";
export { CODED, CODED_BYTES, CODES, COUNTS, PAIRS, SINGLES, STREAM_ROOM, SYMBOLS, TABLE } from "./memory";
