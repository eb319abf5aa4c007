/**
 * Number of elements of a shape: 1 for the empty shape of a scalar, 0 with a 0 whatever the other sizes, Infinity if it is
 * no safe integer.
 */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  const count = shape.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(count) ? count : Number.POSITIVE_INFINITY;
}
