import type { ByteSource } from "@deep-compression/bits";

/** Where each file begins among files back to back, and where the last one ends. */
export function fileStarts(sources: readonly ByteSource[]): readonly number[] {
  let position = 0;
  return [0, ...sources.map(({ byteLength }) => (position += byteLength))];
}
