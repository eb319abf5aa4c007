import { FormatError } from "@deep-compression/bits";

/** @throws FormatError "truncated", "trailing-data" unless a file is as long as its head says; `expected` may be absurd, even NaN */
export function assertFileLength(what: string, length: { readonly expected: number; readonly actual: number }): void {
  const { expected, actual } = length;
  if (expected === actual) return;
  const message = `${what} needs a file of ${expected} bytes, got ${actual}`;
  if (expected < actual) throw new FormatError("trailing-data", message, { offset: expected });
  throw new FormatError("truncated", message, { offset: actual });
}
