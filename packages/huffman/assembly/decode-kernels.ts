export { CODED, CODED_BYTES, decodeChunk, SYMBOLS, TABLE } from "./decode";
