import { type BitReader, type BitWriter, FormatError } from "@deep-compression/bits";

/** 0, 1, -1, 2, -2, ... as 0, 1, 2, 3, 4, ... */
export function toZigzag(value: number): number {
  return value > 0 ? 2 * value - 1 : -2 * value;
}

export function fromZigzag(number: number): number {
  return number % 2 === 1 ? (number + 1) / 2 : -number / 2;
}

/** `value` one bits and a zero bit. */
export function writeUnary(writer: BitWriter, value: number): void {
  for (let i = 0; i < value; i++) writer.write(1, 1);
  writer.write(0, 1);
}

/** @throws FormatError "invalid-table" above `maximum` */
export function readUnary(reader: BitReader, options: { readonly maximum: number; readonly offset: number }): number {
  let value = 0;
  while (reader.read(1) === 1) {
    if (++value > options.maximum) {
      const message = `a unary number above ${options.maximum}`;
      throw new FormatError("invalid-table", message, { offset: options.offset });
    }
  }
  return value;
}

/** Elias gamma with a unary exponent: the exponent e of the leading power of two in unary, then the e bits below it. */
export function writeGamma(writer: BitWriter, value: number): void {
  const exponent = 31 - Math.clz32(value);
  writeUnary(writer, exponent);
  writer.write(value - 2 ** exponent, exponent);
}

/** A number in 1..2^17 - 1. */
export function readGamma(reader: BitReader, offset: number): number {
  const exponent = readUnary(reader, { maximum: 16, offset });
  return 2 ** exponent + reader.read(exponent);
}

export function gammaBits(value: number): number {
  return 2 * (31 - Math.clz32(value)) + 1;
}
