// Pools of float32: the largest element of each window.
import { pool } from "./pooling";

/**
 * The largest element of each of outHeight x outWidth windows of each plane; NaN is larger than all, and a window in the padding gives
 * -Infinity. The window of output (i, j) begins at row i * strideY - top and column j * strideX - left. `row` is room for `width` floats.
 */
export function poolMaxima(planes: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, outHeight: i32, outWidth: i32, x: usize, y: usize, row: usize): void {
  pool(true, planes, height, width, kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left, outHeight, outWidth, x, y, row);
}
