import type { MatrixShape } from "./matrix-shape";

/** Grids up to so wide are kernels, wider ones images. */
const MAX_KERNEL_WIDTH = 7;

/** How far before an element its three neighbours stand in the row, by its place in the grid; 0 where it has none. */
export interface Neighbours {
  readonly left: Int32Array;
  readonly above: Int32Array;
  readonly third: Int32Array;
  /** 1 where the third stands at the mirrored place of the same row of the kernel. */
  readonly mirrored: Uint8Array;
}

/** Whether the grid is a convolution's kernel. */
export function isKernel({ gridWidth, gridHeight }: MatrixShape): boolean {
  return gridWidth <= MAX_KERNEL_WIDTH && gridWidth * gridHeight > 1;
}

/**
 * The neighbours in a grid: left of it, above it, and in a kernel the mirrored place or else the same place of the channel
 * before, in an image above to the right. (3 x 3 kernels are about symmetrical: left and right correlate by a half.)
 */
export function gridNeighbours(shape: MatrixShape): Neighbours {
  const { gridHeight, gridWidth } = shape;
  const places = gridHeight * gridWidth;
  const left = new Int32Array(places);
  const above = new Int32Array(places);
  const third = new Int32Array(places);
  const mirrored = new Uint8Array(places);
  for (let place = 0; place < places; place++) {
    const x = place % gridWidth;
    left[place] = x > 0 ? 1 : 0;
    above[place] = place >= gridWidth ? gridWidth : 0;
    if (isKernel(shape)) {
      const beyondMiddle = 2 * x - (gridWidth - 1);
      mirrored[place] = beyondMiddle > 0 ? 1 : 0;
      third[place] = beyondMiddle > 0 ? beyondMiddle : places;
    } else {
      third[place] = place >= gridWidth && x < gridWidth - 1 ? gridWidth - 1 : 0;
    }
  }
  return { left, above, third, mirrored };
}
