export { type BitReader, bitReader, checkBitEnd } from "./bit-reader";
export { type BitWriter, bitWriter } from "./bit-writer";
export { type ByteReader, byteReader } from "./byte-reader";
export { type ByteSource, bytesSource, checkSource, readExactly } from "./byte-source";
export { type ByteWriter, byteWriter, varintLength } from "./byte-writer";
export { crc32c } from "./crc32c";
export { elementCount } from "./element-count";
export { FLOAT16_MAX, fromFloat16, inFloat16Range, isFloat16, roundToFloat16, toFloat16 } from "./float16";
export { FormatError, type FormatErrorCode, type FormatErrorDetails } from "./format-error";
export { type Codes, packBits, unpackBits } from "./packed-codes";
export { readText } from "./read-text";
export {
  fromZigzag,
  gammaBits,
  readGamma,
  readUnary,
  toZigzag,
  writeGamma,
  writeUnary,
} from "./universal-codes";
