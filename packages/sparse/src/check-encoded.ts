import { FormatError } from "@deep-compression/bits";
import { MAX_LENGTH } from "./value-arrays";

/** Checks the length of an encoded form. @throws FormatError "out-of-range" unless it is an integer in 0..2^32 */
export function checkStoredLength(length: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= MAX_LENGTH) return;
  throw new FormatError("out-of-range", `length: expected an integer in 0..2^32, got ${length}`);
}

/** Checks a count of an encoded form. @throws FormatError "truncated" or "trailing-data" unless it is the one expected */
export function checkStoredCount(name: string, count: number, expected: number): void {
  if (count === expected) return;
  const code = count < expected ? "truncated" : "trailing-data";
  throw new FormatError(code, `${name}: expected ${expected} elements, got ${count}`);
}
