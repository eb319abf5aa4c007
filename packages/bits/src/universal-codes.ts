import type { BitReader } from "./bit-reader";
import type { BitWriter } from "./bit-writer";
import { FormatError, type FormatErrorCode } from "./format-error";

/** 0, 1, -1, 2, -2, ... as 0, 1, 2, 3, 4, ... */
export function toZigzag(value: number): number {
  return value > 0 ? 2 * value - 1 : 0 - 2 * value;
}

/** The mirror of {@link toZigzag}. */
export function fromZigzag(number: number): number {
  return number % 2 === 1 ? (number + 1) / 2 : -number / 2;
}

/** Writes `value` one bits and a zero bit. */
export function writeUnary(writer: BitWriter, value: number): void {
  let ones = value;
  for (; ones > 31; ones -= 32) writer.write(2 ** 32 - 1, 32);
  writer.write(2 ** ones - 1, ones + 1);
}

/** What a number that is read may be, and the error if it is more. */
export interface UniversalLimit {
  readonly maximum: number;
  readonly code: FormatErrorCode;
  readonly offset: number;
}

/**
 * The mirror of {@link writeUnary}.
 *
 * @param maximum default that of the limit
 * @throws FormatError of `limit.code` above it, "truncated"
 */
export function readUnary(reader: BitReader, limit: UniversalLimit, maximum = limit.maximum): number {
  let value = 0;
  while (reader.read(1) === 1) if (++value > maximum) throw beyond(limit, maximum);
  return value;
}

/**
 * Writes a number of at least 1 in Elias gamma: the exponent e of its leading power of two in unary, then the e bits below
 * it (docs/format.md, "Code-length table").
 */
export function writeGamma(writer: BitWriter, value: number): void {
  const exponent = 31 - Math.clz32(value);
  writeUnary(writer, exponent);
  writer.write(value - 2 ** exponent, exponent);
}

/** The mirror of {@link writeGamma}. @throws FormatError of `limit.code` above `limit.maximum`, "truncated" */
export function readGamma(reader: BitReader, limit: UniversalLimit): number {
  const exponent = readUnary(reader, limit, 31 - Math.clz32(limit.maximum));
  const value = 2 ** exponent + reader.read(exponent);
  if (value > limit.maximum) throw beyond(limit, limit.maximum);
  return value;
}

/** Bits of a number of at least 1 in Elias gamma. */
export function gammaBits(value: number): number {
  return 2 * (31 - Math.clz32(value)) + 1;
}

function beyond({ code, offset }: UniversalLimit, maximum: number): FormatError {
  return new FormatError(code, `a number above ${maximum}`, { offset });
}
