import { checkInteger } from "@deep-compression/runtime";
import { grown } from "./growing-bytes";

/** Appends bits to a growing array of bytes, least significant bit first (docs/format.md, "Bit order"). */
export interface BitWriter {
  /**
   * Appends the low `bits` bits of `value`, bit 0 first.
   *
   * @param bits 0..32
   * @throws TypeError, RangeError if `value` is no integer in 0..2^bits - 1
   */
  write(value: number, bits: number): void;
  /** Bits written so far. */
  readonly bitLength: number;
  /** The bytes written so far, the last one filled up with zero bits. */
  finish(): Uint8Array;
}

/** A writer of no bits yet. */
export function bitWriter(): BitWriter {
  let bytes: Uint8Array = new Uint8Array(64);
  let bitLength = 0;

  // At most 16 bits a call, so that with the up to 7 bits of the byte begun they stay within a 32-bit integer.
  function append(value: number, bits: number): void {
    let at = Math.floor(bitLength / 8);
    bytes = grown(bytes, at + 3);
    const shifted = value << (bitLength & 7);
    bytes[at++]! |= shifted;
    bytes[at++] = shifted >>> 8;
    bytes[at] = shifted >>> 16;
    bitLength += bits;
  }

  return {
    write(value, bits) {
      checkInteger("bits", bits, { maximum: 32 });
      checkInteger("value", value, { maximum: 2 ** bits - 1 });
      append(value & 0xffff, Math.min(bits, 16));
      if (bits > 16) append(value >>> 16, bits - 16);
    },
    get bitLength() {
      return bitLength;
    },
    finish: () => bytes.slice(0, Math.ceil(bitLength / 8)),
  };
}
