import { checkBytes, checkInteger, checkLength, checkTypedArray } from "@deep-compression/runtime";
import { MAX_LENGTH, type Values } from "./value-arrays";

/** Checks the type of an array of values; other types would be cut to bytes. @throws TypeError */
export function checkValues(name: string, values: Values): void {
  checkTypedArray<Values>(name, values, Float32Array, Uint8Array, Uint16Array);
}

/** Checks a mask of `length` elements, each 0 or 1. @throws TypeError, RangeError */
export function checkMask(name: string, mask: Uint8Array, length: number): void {
  checkLength(name, checkBytes(name, mask).length, length);
  for (let i = 0; i < length; i++) {
    if (mask[i]! > 1) throw new RangeError(`${name}[${i}]: expected 0 or 1, got ${mask[i]}`);
  }
}

/** Checks that `rows` and `columns` are integers with at most 2^32 elements between them. @throws TypeError, RangeError */
export function checkShape(shape: { readonly rows: number; readonly columns: number }): void {
  checkInteger("rows", shape.rows, { maximum: MAX_LENGTH });
  checkInteger("columns", shape.columns, { maximum: MAX_LENGTH });
  if (shape.rows * shape.columns > MAX_LENGTH) {
    throw new RangeError(`rows * columns: expected at most 2^32, got ${shape.rows} * ${shape.columns}`);
  }
}

/** Checks that positions are strictly ascending and under `length`. @throws TypeError, RangeError */
export function checkPositions(positions: Uint32Array, length: number): void {
  checkTypedArray("positions", positions, Uint32Array);
  checkInteger("length", length, { maximum: MAX_LENGTH });
  let previous = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (position <= previous) throw new RangeError(`positions[${i}]: expected above ${previous}, got ${position}`);
    previous = position;
  }
  if (previous >= length) {
    throw new RangeError(`positions[${positions.length - 1}]: expected under the length ${length}, got ${previous}`);
  }
}
