import { checkBytes, checkInteger } from "@deep-compression/runtime";
import { FormatError } from "./format-error";

/** Reads what a {@link BitWriter} wrote (docs/format.md, "Bit order"). */
export interface BitReader {
  /**
   * The next `bits` bits as an unsigned number, the first one read as bit 0.
   *
   * @param bits 0..32
   * @throws FormatError "truncated" if fewer bits are left
   */
  read(bits: number): number;
  /** Bits read so far. */
  readonly position: number;
  /**
   * Checks that less than a byte is left and that it is all zeros.
   *
   * @throws FormatError "trailing-data" if a whole byte or more is left, "not-canonical" if a padding bit is set
   */
  expectEnd(): void;
}

/**
 * A reader of bits from the start of the bytes.
 *
 * @param options.baseOffset added to the byte offsets that errors carry
 * @throws TypeError, RangeError
 */
export function bitReader(bytes: Uint8Array, options: { readonly baseOffset?: number } = {}): BitReader {
  checkBytes("bytes", bytes);
  const baseOffset = checkInteger("baseOffset", options.baseOffset ?? 0);
  let position = 0;

  // At most 16 bits, which span at most 3 bytes. A byte past the end is read as 0 only where no bit of it is wanted.
  function take(bits: number): number {
    const at = Math.floor(position / 8);
    const window = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    const value = (window >>> (position & 7)) & ((1 << bits) - 1);
    position += bits;
    return value;
  }

  return {
    read(bits) {
      checkInteger("bits", bits, { maximum: 32 });
      if (position + bits > 8 * bytes.length) {
        const offset = baseOffset + bytes.length;
        throw new FormatError("truncated", `${bits} bits wanted, ${8 * bytes.length - position} left`, { offset });
      }
      if (bits <= 16) return take(bits);
      const low = take(16);
      return low + 0x10000 * take(bits - 16);
    },
    get position() {
      return position;
    },
    expectEnd: () => checkBitEnd(bytes, position, baseOffset),
  };
}

/**
 * Checks that bits which end at bit `position` fill their bytes but for zero bits in the last one.
 *
 * @param baseOffset added to the byte offsets that errors carry
 * @throws TypeError, RangeError on wrong arguments
 * @throws FormatError "truncated", "trailing-data", "not-canonical"
 */
export function checkBitEnd(bytes: Uint8Array, position: number, baseOffset = 0): void {
  checkBytes("bytes", bytes);
  checkInteger("position", position);
  const end = Math.ceil(position / 8);
  const left = 8 * bytes.length - position;
  if (left < 0) {
    throw new FormatError("truncated", `${-left} bits are missing`, { offset: baseOffset + bytes.length });
  }
  if (left >= 8) {
    throw new FormatError("trailing-data", `${left} bits left over`, { offset: baseOffset + end });
  }
  if (left > 0 && bytes[end - 1] >>> (position & 7) !== 0) {
    throw new FormatError("not-canonical", "a padding bit is not zero", { offset: baseOffset + end - 1 });
  }
}
