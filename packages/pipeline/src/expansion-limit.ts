import { elementCount, FormatError } from "@deep-compression/bits";
import { checkInteger, checkObject } from "@deep-compression/runtime";
import { MAX_ELEMENTS_PER_BYTE } from "@deep-compression/tensor-codec";

/** Free elements: those beyond that which a file's tensors may have, 64 MiB as float32, so that small tensors of zeros are cheap. */
export const FREE_ELEMENTS = 2 ** 24;

/** Positions are 32-bit numbers. */
export const MAX_CODED_ELEMENTS = 2 ** 32;

/** Options of everything that reads a file. */
export interface ReadOptions {
  /**
   * Elements that coded tensors may have beyond 4096 a stored byte, over the whole file, or Infinity; default 2^24
   * (docs/format.md, "Limits"). What `compress` writes stays within the default.
   */
  readonly freeElements?: number;
}

/** Elements of a coded or wrapped tensor that its stored bytes do not justify; they count against the file's free ones. */
export function freeElementsOf(elements: number, storedBytes: number): number {
  return Math.max(0, elements - MAX_ELEMENTS_PER_BYTE * storedBytes);
}

/** What the expansion limit is checked against. */
export interface CodedSize {
  readonly name: string;
  readonly shape: readonly number[];
  readonly storedBytes: number;
}

/**
 * Holds the elements that the coded and wrapped tensors of a file claim to what its bytes justify, before memory is taken
 * (docs/format.md, "Limits").
 *
 * @throws FormatError "limit-exceeded", naming the tensor that goes too far; TypeError, RangeError for the options
 */
export function checkExpansion(tensors: readonly CodedSize[], options: ReadOptions): void {
  const { freeElements = FREE_ELEMENTS } = checkObject("options", options);
  if (freeElements !== Number.POSITIVE_INFINITY) checkInteger("freeElements", freeElements);
  let free = 0;
  for (const { name, shape, storedBytes } of tensors) {
    const elements = elementCount(shape);
    free += freeElementsOf(elements, storedBytes);
    if (free <= freeElements && elements <= MAX_CODED_ELEMENTS) continue;
    const message = `tensor "${name}": [${shape}] is more elements than its ${storedBytes} bytes justify`;
    throw new FormatError("limit-exceeded", message, { tensor: name });
  }
}
