import { FormatError } from "@deep-compression/bits";
import { elementCount } from "@deep-compression/container";
import { checkInteger, checkObject } from "@deep-compression/runtime";

/** A tensor at 0.1 % of its weights, 4 bits each, unfolds to 2000 elements a byte; beyond that it is all but empty. */
export const MAX_ELEMENTS_PER_BYTE = 4096;

/** Elements that a file's tensors may have beyond that: 64 MiB as float32, so that small tensors of zeros are cheap. */
export const FREE_ELEMENTS = 2 ** 24;

/** Positions are 32-bit numbers. */
export const MAX_CODED_ELEMENTS = 2 ** 32;

/** No array of bytes is longer in today's engines. */
export const MAX_ARRAY_BYTES = 2 ** 32;

/** Elements of a coded tensor that its stored bytes do not justify; they count against the file's free ones. */
export function excessElements(elements: number, storedBytes: number): number {
  return Math.max(0, elements - MAX_ELEMENTS_PER_BYTE * storedBytes);
}

/** What a limit of unfolding is checked against. */
export interface CodedSize {
  readonly name: string;
  readonly shape: readonly number[];
  readonly storedBytes: number;
}

/**
 * Holds the elements that the coded tensors of a file claim to what its bytes justify, before memory is taken
 * (docs/format.md, "Limits").
 *
 * @param options.freeElements an integer of at least 0, or Infinity
 * @throws FormatError "limit-exceeded", naming the tensor that goes too far; TypeError, RangeError for the options
 */
export function checkUnfolding(tensors: readonly CodedSize[], options: { readonly freeElements?: number }): void {
  const { freeElements = FREE_ELEMENTS } = checkObject("options", options);
  if (freeElements !== Number.POSITIVE_INFINITY) checkInteger("freeElements", freeElements);
  let excess = 0;
  for (const { name, shape, storedBytes } of tensors) {
    const elements = elementCount(shape);
    excess += excessElements(elements, storedBytes);
    if (excess <= freeElements && elements <= MAX_CODED_ELEMENTS) continue;
    const message = `tensor "${name}": [${shape}] is more elements than its ${storedBytes} bytes justify`;
    throw new FormatError("limit-exceeded", message, { tensor: name });
  }
}
