import { type Codec, FormatError } from "@deep-compression/bits";
import { checkValues } from "./check-arguments";
import { checkStoredCount, checkStoredLength } from "./check-encoded";
import { checkSparseVector, type SparseVector } from "./sparse-vector";
import { copyOf, type Values } from "./value-arrays";

/** A sparse vector by a mask: bit i of `mask` (LSB first, zero padding) tells whether element i is among `values`. */
export interface BitmaskVector<V extends Values = Float32Array> {
  readonly length: number;
  readonly mask: Uint8Array;
  readonly values: V;
}

/**
 * The codec of a sparse vector as a mask and its values (docs/format.md, "Bitmask"): the cheapest form where a quarter or
 * more of the elements stay.
 *
 * @throws RangeError in `encode` if the vector breaks its own rules
 * @throws FormatError in `decode`, "truncated" or "trailing-data" if the mask is not ceil(length / 8) bytes or the values are
 * not as many as its ones, "out-of-range" if the length is not in 0..2^32, "not-canonical" if padding is not zero
 */
export function bitmask<V extends Values = Float32Array>(): Codec<SparseVector<V>, BitmaskVector<V>> {
  return Object.freeze({ name: "bitmask", encode: encodeMask<V>, decode: decodeMask<V> });
}

function encodeMask<V extends Values>(vector: SparseVector<V>): BitmaskVector<V> {
  const { length, positions, values } = vector;
  checkSparseVector(vector);
  const mask = new Uint8Array(Math.ceil(length / 8));
  for (let i = 0; i < positions.length; i++) mask[positions[i] >>> 3] |= 1 << (positions[i] & 7);
  return { length, mask, values: copyOf(values) };
}

/** The mirror of {@link bitmask} alone: for readers, whose bundles then have no encoder. @throws FormatError as it does */
export function decodeMask<V extends Values>(encoded: BitmaskVector<V>): SparseVector<V> {
  const { length, mask, values } = encoded;
  checkBitmaskVector(encoded);
  const positions = new Uint32Array(values.length);
  for (let byte = 0, entry = 0; byte < mask.length; byte += 4) {
    for (let bits = maskWord(mask, byte); bits !== 0; bits &= bits - 1) {
      positions[entry++] = byte * 8 + 31 - Math.clz32(bits & -bits);
    }
  }
  return { length, positions, values: copyOf(values) };
}

/** Checks that the mask has the bytes that the length needs and zero padding, and as many ones as there are values. */
export function checkBitmaskVector({ length, mask, values }: BitmaskVector<Values>): void {
  checkValues("values", values);
  checkStoredLength(length);
  checkStoredCount("mask", mask.length, Math.ceil(length / 8));
  if (length % 8 !== 0 && mask[mask.length - 1] >>> (length % 8) !== 0) {
    throw new FormatError("not-canonical", "the padding after the last mask bit must be zero", {
      offset: mask.length - 1,
    });
  }
  checkStoredCount("values", values.length, onesOfMask(mask));
}

/** The bits of four bytes of a mask, those past its end 0. */
export function maskWord(mask: Uint8Array, byte: number): number {
  return mask[byte] | (mask[byte + 1] << 8) | (mask[byte + 2] << 16) | (mask[byte + 3] << 24);
}

/** The ones of a mask. */
export function onesOfMask(mask: Uint8Array): number {
  let ones = 0;
  for (let byte = 0; byte < mask.length; byte += 4) ones += onesIn(maskWord(mask, byte));
  return ones;
}

/** The position of the one before which so many others stand, about: that of the word of 32 bits in which it is. */
export function positionOfOne(mask: Uint8Array, ones: number): number {
  let byte = 0;
  for (let before = 0; byte < mask.length; byte += 4) {
    before += onesIn(maskWord(mask, byte));
    if (before > ones) break;
  }
  return 8 * byte;
}

/** The ones of a word of 32 bits. */
export function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
