export { type AdaptiveBits, adaptiveBits } from "./adaptive-bit";
export {
  type ByteCoding,
  type ByteCodingOptions,
  type ByteDecoder,
  byteCoding,
  byteDecoder,
  MAX_MIXED_BYTES,
} from "./byte-coding";
export { type ContextCoding, type ContextCodingOptions, contextCoding } from "./context-coding";
export { FREE_ELEMENTS, MAX_ELEMENTS_PER_BYTE } from "./expansion-limit";
export type { Grid, RankMatrix } from "./matrix-shape";
export { type RangeDecoder, rangeDecoder } from "./range-decoder";
export { type RangeEncoder, rangeEncoder } from "./range-encoder";
