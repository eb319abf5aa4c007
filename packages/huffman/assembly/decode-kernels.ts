export { CODED, CODED_BYTES, decodeChunk, SINGLES, SYMBOLS, TABLE } from "./decode";
