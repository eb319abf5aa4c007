/** Windows of planes of float32, of which each gives one number. All but the addresses are in elements. */
export type PoolWindows = (
  planes: number,
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  top: number,
  left: number,
  outHeight: number,
  outWidth: number,
  x: number,
  y: number,
  row: number,
) => void;

/** The loops of pools of float32. */
export interface PoolingKernels {
  /**
   * The largest element of each window; NaN is larger than all, and a window in the padding gives -Infinity. The window of output (i, j)
   * begins at row i * strideY - top and column j * strideX - left. `row` is room for `width` floats.
   */
  readonly poolMaxima: PoolWindows;
  /** As `poolMaxima`, the sums of the elements. */
  readonly poolSums: PoolWindows;
  /** The mean of each row, added up in double precision. */
  rowMeans(rows: number, columns: number, x: number, y: number): void;
}

/** The twins of assembly/pooling.ts. */
export function plainPoolingKernels(floats: () => Float32Array): PoolingKernels {
  return {
    poolMaxima: eachWindow(floats, Number.NEGATIVE_INFINITY, Math.max),
    poolSums: eachWindow(floats, 0, (a, b) => Math.fround(a + b)),
    rowMeans(rows, columns, x, y) {
      const memory = floats();
      for (let r = 0, at = x / 4; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += memory[at++]!;
        memory[y / 4 + r] = sum / columns;
      }
    },
  };
}

function eachWindow(floats: () => Float32Array, empty: number, join: (a: number, b: number) => number): PoolWindows {
  return (
    planes,
    height,
    width,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    dilationY,
    dilationX,
    top,
    left,
    outHeight,
    outWidth,
    x,
    y,
  ) => {
    const memory = floats();
    let to = y / 4;
    for (let p = 0; p < planes; p++)
      for (let i = 0; i < outHeight; i++)
        for (let j = 0; j < outWidth; j++) {
          let value = empty;
          for (let ky = 0; ky < kernelHeight; ky++)
            for (let kx = 0; kx < kernelWidth; kx++) {
              const row = i * strideY - top + ky * dilationY;
              const column = j * strideX - left + kx * dilationX;
              if (row >= 0 && row < height && column >= 0 && column < width)
                value = join(value, memory[x / 4 + (p * height + row) * width + column]!);
            }
          memory[to++] = value;
        }
  };
}
