import { FormatError } from "@deep-compression/bits";

/**
 * The elements in live rows and columns of which a byte may tell; and so many more. They bound how long a decoder works on
 * bytes that lie. Of the networks that were measured none needs more than 16.
 */
export const MAX_ELEMENTS_PER_BYTE = 64;
export const FREE_ELEMENTS = 65536;

/** Whether a stream of so many bytes may have so many elements in live rows and columns. */
export function withinExpansionLimit(elements: number, byteLength: number, freeElements: number): boolean {
  return elements <= MAX_ELEMENTS_PER_BYTE * byteLength + freeElements;
}

/** @throws FormatError "limit-exceeded" */
export function checkExpansion(elements: number, byteLength: number, freeElements: number): void {
  if (withinExpansionLimit(elements, byteLength, freeElements)) return;
  const most = MAX_ELEMENTS_PER_BYTE * byteLength + freeElements;
  throw new FormatError("limit-exceeded", `at most ${most} elements expected in ${byteLength} bytes, got ${elements}`, {
    offset: 0,
  });
}
