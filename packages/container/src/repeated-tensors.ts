import { elementCount } from "@deep-compression/bits";
import { FREE_REPEATED_ELEMENTS } from "./limits";

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** A tensor that may repeat an earlier one. */
export interface Repeatable {
  readonly shape: readonly number[];
  readonly repeats?: number;
}

/**
 * Elements that tensors may still have in repeating others: as many as all others have, and 2^24 beside, less those that
 * repeat already; below 0: they have too many. Repeating takes no bytes, but memory.
 */
export function repeatableElements(tensors: readonly Repeatable[]): number {
  let spare = FREE_REPEATED_ELEMENTS;
  for (const { shape, repeats } of tensors) spare += elementCount(shape) * (repeats === undefined ? 1 : -1);
  return spare;
}
