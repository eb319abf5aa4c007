import type { MatrixShape } from "./matrix-shape";

/** Grids up to so wide are kernels, wider ones images. */
const MAX_KERNEL_WIDTH = 7;

/** Where no element stands that has this one as neighbour. */
export const NONE = -1;

/** Columns behind the last one where an element may have a follower. */
export function marginOf({ gridHeight, gridWidth }: MatrixShape): number {
  return Math.max(2, gridHeight * gridWidth);
}

/** Numbers that follow each other of a place in the grid: see {@link followers}. */
export const FOLLOWERS = 5;

/** Whether the grid is a convolution's kernel. */
export function isKernel({ gridWidth, gridHeight }: MatrixShape): boolean {
  return gridWidth <= MAX_KERNEL_WIDTH && gridWidth * gridHeight > 1;
}

/**
 * What follows a place in the grid, {@link FOLLOWERS} numbers each: 1 if its own third neighbour is a mirrored one; and how far behind
 * it the elements stand of which it is the first neighbour, the second, the mirrored third and the other third.
 */
export function followers(shape: MatrixShape): Int32Array {
  const { gridHeight, gridWidth } = shape;
  const places = gridHeight * gridWidth;
  if (places === 1) return Int32Array.of(0, 1, 0, NONE, 2); // the second is that of the next row
  const found = new Int32Array(FOLLOWERS * places);
  const kernel = isKernel(shape);
  for (let place = 0; place < places; place++) {
    const x = place % gridWidth;
    const toMirror = gridWidth - 1 - 2 * x;
    const below = place + gridWidth < places;
    found.set(
      [
        kernel && toMirror < 0 ? 1 : 0,
        x < gridWidth - 1 ? 1 : NONE,
        below ? gridWidth : NONE,
        kernel && toMirror > 0 ? toMirror : NONE,
        kernel ? (toMirror >= 0 ? places : NONE) : below && x > 0 ? gridWidth - 1 : NONE,
      ],
      FOLLOWERS * place,
    );
  }
  return found;
}
