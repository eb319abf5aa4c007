// Pools of float32: the sum of each window.
import { pool } from "./pooling";

/** As `poolMaxima`, the sums of the elements. */
export function poolSums(planes: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, outHeight: i32, outWidth: i32, x: usize, y: usize, row: usize): void {
  pool(false, planes, height, width, kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left, outHeight, outWidth, x, y, row);
}
