import type { MatrixShape } from "./matrix-shape";

/** Grids up to so wide are kernels, wider ones images. */
const MAX_KERNEL_WIDTH = 7;

/** Of a place that has no such follower. */
export const NONE = -1;

/** How many numbers {@link followers} has of a place. */
export const FOLLOWERS = 5;

/** How far behind the last column followers may be. */
export function marginOf({ gridHeight, gridWidth }: MatrixShape): number {
  return Math.max(2, gridHeight * gridWidth);
}

/** Whether the grid is a convolution's kernel. */
export function isKernel({ gridWidth, gridHeight }: MatrixShape): boolean {
  return gridWidth <= MAX_KERNEL_WIDTH && gridWidth * gridHeight > 1;
}

/**
 * Where the elements stand that have one as neighbour, by its place in the grid, {@link FOLLOWERS} numbers each: 1 if its own third
 * neighbour is a mirrored one, else 0; and how far behind it the elements are whose first neighbour it is, whose second, whose
 * mirrored third and whose other third.
 *
 * An element's neighbours are left of it, above it, and in a kernel at the mirrored place or else at the same place of the channel
 * before, in an image above to the right. (3 x 3 kernels are about symmetrical: left and right correlate by a half.) Without a grid
 * they are in the column before, in the row before and two columns before.
 */
export function followers(shape: MatrixShape): Int32Array {
  const { gridHeight, gridWidth } = shape;
  const places = gridHeight * gridWidth;
  if (places === 1) return Int32Array.of(0, 1, 0, NONE, 2);
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
