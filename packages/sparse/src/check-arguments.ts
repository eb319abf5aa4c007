import { FormatError } from "@deep-compression/bits";
import { checkBytes, checkInteger, checkLength, checkTypedArray } from "@deep-compression/runtime";
import { MAX_LENGTH, type Values } from "./value-arrays";

/** Checks of arguments: each raises a TypeError or RangeError that names the argument, what was expected and what came. */

/** The arrays that values may lie in: those of other types would be copied into bytes. */
export function checkValues(name: string, values: Values): void {
  checkTypedArray<Values>(name, values, Float32Array, Uint8Array, Uint16Array);
}

export function checkMask(name: string, mask: Uint8Array, length: number): void {
  checkLength(name, checkBytes(name, mask).length, length);
  for (let i = 0; i < length; i++) {
    if (mask[i] > 1) throw new RangeError(`${name}[${i}]: expected 0 or 1, got ${mask[i]}`);
  }
}

/** `rows` and `columns` are integers at least 0 with at most 2^32 elements between them. */
export function checkShape(shape: { readonly rows: number; readonly columns: number }): void {
  checkInteger("rows", shape.rows, { minimum: 0, maximum: MAX_LENGTH });
  checkInteger("columns", shape.columns, { minimum: 0, maximum: MAX_LENGTH });
  if (shape.rows * shape.columns > MAX_LENGTH) {
    throw new RangeError(`rows * columns: expected at most 2^32, got ${shape.rows} * ${shape.columns}`);
  }
}

/** Positions are strictly ascending and under `length`. */
export function checkPositions(positions: Uint32Array, length: number): void {
  checkTypedArray("positions", positions, Uint32Array);
  checkInteger("length", length, { minimum: 0, maximum: MAX_LENGTH });
  let previous = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i];
    if (position <= previous) throw new RangeError(`positions[${i}]: expected above ${previous}, got ${position}`);
    previous = position;
  }
  if (previous >= length) {
    throw new RangeError(`positions[${positions.length - 1}]: expected under the length ${length}, got ${previous}`);
  }
}

/** Of an encoded form. @throws FormatError "out-of-range" unless the length is an integer in 0..2^32 */
export function checkStoredLength(length: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= MAX_LENGTH) return;
  throw new FormatError("out-of-range", `length: expected an integer in 0..2^32, got ${length}`);
}

/** Of an encoded form. @throws FormatError "truncated" or "trailing-data" unless there are as many elements as expected */
export function checkStoredCount(name: string, count: number, expected: number): void {
  if (count === expected) return;
  const code = count < expected ? "truncated" : "trailing-data";
  throw new FormatError(code, `${name}: expected ${expected} elements, got ${count}`);
}
