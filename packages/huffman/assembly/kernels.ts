export { buildTable, decodeChunk } from "./decode";
import { CODED, CODED_BYTES, SINGLES, SYMBOLS, TABLE } from "./memory";
export { CODED, CODED_BYTES, SINGLES, SYMBOLS, TABLE };
