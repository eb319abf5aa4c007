import { checkBytes, checkCodes, checkInteger } from "./arguments";
import { FormatError } from "./format-error";

/** Small unsigned integers: indices into a codebook, gaps, symbols. */
export type Codes = Uint8Array | Uint16Array;

/** Bytes of `count` values of `width` bits. */
function packedLength(count: number, width: number): number {
  return Math.ceil((count * width) / 8);
}

/**
 * Packs values at a fixed width, least significant bit first, zero bits behind (docs/format.md, "Packed codes").
 *
 * @param width bits a value, 1..16
 * @returns ceil(values.length * width / 8) bytes
 * @throws RangeError if a value does not fit in `width` bits
 */
export function packBits(values: Codes, width: number): Uint8Array {
  checkCodes("values", values);
  checkInteger("width", width, { minimum: 1, maximum: 16 });
  const bytes = new Uint8Array(packedLength(values.length, width));
  let pending = 0; // fewer than 8 bits wait for their byte, so with a value of 16 bits it stays within 24 bits
  let pendingBits = 0;
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value >>> width !== 0) throw new RangeError(`values[${i}]: expected less than 2^${width}, got ${value}`);
    pending |= value << pendingBits;
    for (pendingBits += width; pendingBits >= 8; pendingBits -= 8) {
      bytes[at++] = pending;
      pending >>>= 8;
    }
  }
  if (pendingBits > 0) bytes[at] = pending;
  return bytes;
}

/**
 * The values that {@link packBits} packed: a Uint8Array if `width` is at most 8, else a Uint16Array.
 *
 * @param options.width bits a value, 1..16
 * @param options.count number of values; checked against the bytes before memory is taken
 * @param options.baseOffset added to the byte offsets that errors carry
 * @throws FormatError "truncated" or "trailing-data" if the bytes are not exactly as many as the count needs,
 * "not-canonical" if a padding bit is set
 */
export function unpackBits(
  bytes: Uint8Array,
  options: { readonly width: number; readonly count: number; readonly baseOffset?: number },
): Codes {
  checkBytes("bytes", bytes);
  const { baseOffset = 0 } = options;
  const width = checkInteger("width", options.width, { minimum: 1, maximum: 16 });
  const count = checkInteger("count", options.count);
  checkPacked(bytes, { width, count, baseOffset });
  const values = width <= 8 ? new Uint8Array(count) : new Uint16Array(count);
  const mask = (1 << width) - 1;
  let pending = 0;
  let pendingBits = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    for (; pendingBits < width; pendingBits += 8) pending |= bytes[at++] << pendingBits;
    values[i] = pending & mask;
    pending >>>= width;
    pendingBits -= width;
  }
  return values;
}

function checkPacked(bytes: Uint8Array, layout: { width: number; count: number; baseOffset: number }): void {
  const { width, count, baseOffset } = layout;
  const length = packedLength(count, width);
  if (bytes.length !== length) {
    const code = bytes.length < length ? "truncated" : "trailing-data";
    const offset = baseOffset + Math.min(length, bytes.length);
    throw new FormatError(code, `${count} values of ${width} bits take ${length} bytes, got ${bytes.length}`, {
      offset,
    });
  }
  const usedBits = (count * width) % 8;
  if (usedBits > 0 && bytes[length - 1] >>> usedBits !== 0) {
    throw new FormatError("not-canonical", "a padding bit is not zero", { offset: baseOffset + length - 1 });
  }
}
