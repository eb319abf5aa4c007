import { elementCount } from "@deep-compression/bits";

/** The lines of a row-major array along an axis: `outer` times `inner` of `size` elements that lie `inner` apart. */
export interface AxisLines {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** @param axis counted from the front */
export function linesAlong(shape: readonly number[], axis: number): AxisLines {
  return {
    outer: elementCount(shape.slice(0, axis)),
    size: shape[axis]!,
    inner: elementCount(shape.slice(axis + 1)),
  };
}

/** Visits each line, if they have elements, in the order of a result that has one element for each of them. */
export function eachLine({ outer, size, inner }: AxisLines, visit: (start: number, line: number) => void): void {
  if (outer * size * inner === 0) return;
  for (let row = 0, line = 0; row < outer; row++)
    for (let column = 0; column < inner; column++, line++) visit(row * size * inner + column, line);
}
