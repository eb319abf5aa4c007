/** `[N,1,28,28]`: a shape with the batch in front, for messages. */
export function batchShapeText(item: readonly (number | string)[]): string {
  return `[${["N", ...item].join(",")}]`;
}

/** Whether two shapes have the same dimensions. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}
