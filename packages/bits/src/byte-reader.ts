import { checkBytes, checkInteger } from "@deep-compression/runtime";
import { FormatError, type FormatErrorCode } from "./format-error";

/**
 * Reads what a {@link ByteWriter} wrote (docs/format.md, "Integers and text").
 *
 * @throws FormatError "truncated" in every method that reads, where bytes are missing
 */
export interface ByteReader {
  u8(): number;
  u16(): number;
  u32(): number;
  /**
   * Unsigned LEB128.
   *
   * @throws FormatError "not-canonical" if it is not the shortest encoding, "out-of-range" above 2^53 - 1,
   * "limit-exceeded" above `max`
   */
  varint(options?: { readonly max?: number }): number;
  /** The next `count` bytes, a view into the bytes given. */
  bytes(count: number): Uint8Array;
  /** Bytes read so far, plus the base offset. */
  readonly offset: number;
  /** Bytes left. */
  readonly remaining: number;
  /** @throws FormatError "trailing-data" if a byte is left */
  expectEnd(): void;
}

/** Seven bits a byte: eight bytes hold every integer up to 2^53 - 1. */
const MAX_VARINT_LENGTH = 8;

/**
 * A reader of bytes from their start.
 *
 * @param options.baseOffset offset of the first byte in the file it came from; errors and `offset` count from there
 * @throws TypeError, RangeError
 */
export function byteReader(bytes: Uint8Array, options: { readonly baseOffset?: number } = {}): ByteReader {
  checkBytes("bytes", bytes);
  const baseOffset = checkInteger("baseOffset", options.baseOffset ?? 0);
  let position = 0;

  function fail(code: FormatErrorCode, message: string, at = position): never {
    throw new FormatError(code, message, { offset: baseOffset + at });
  }
  function take(count: number): Uint8Array {
    const left = bytes.length - position;
    if (count > left) fail("truncated", `${count} bytes wanted, ${left} left`, bytes.length);
    position += count;
    return bytes.subarray(position - count, position);
  }
  function u8(): number {
    if (position === bytes.length) take(1); // which fails
    return bytes[position++]!;
  }
  function littleEndian(count: number): number {
    return take(count).reduceRight((value, byte) => 0x100 * value + byte, 0);
  }
  function varint({ max = Number.MAX_SAFE_INTEGER }: { readonly max?: number } = {}): number {
    const start = position;
    let value = 0;
    for (let length = 0; ; length++) {
      if (length === MAX_VARINT_LENGTH) fail("out-of-range", "a varint is longer than 8 bytes", start);
      const byte = u8();
      value += (byte & 0x7f) * 2 ** (7 * length);
      if (byte >= 0x80) continue;
      if (byte === 0 && length > 0) fail("not-canonical", "a varint is not in its shortest encoding", start);
      break;
    }
    if (value > Number.MAX_SAFE_INTEGER) fail("out-of-range", "a varint is above 2^53 - 1", start);
    if (value > max) fail("limit-exceeded", `a varint of at most ${max} expected, got ${value}`, start);
    return value;
  }

  return {
    u8,
    u16: () => littleEndian(2),
    u32: () => littleEndian(4),
    varint,
    bytes: (count) => take(checkInteger("count", count)),
    get offset() {
      return baseOffset + position;
    },
    get remaining() {
      return bytes.length - position;
    },
    expectEnd() {
      if (position < bytes.length) fail("trailing-data", `${bytes.length - position} bytes left over`);
    },
  };
}
