// The adjoint of convolutions of float32: the columns of a matrix added to the windows of planes.
import { at } from "../../kernels/assembly/planes";
import { endInside, firstInside } from "./windows";

function addCells(from: usize, step: usize, to: usize, stride: i32, count: i32): void {
  const skip = <usize>stride << 2;
  let q = 0;
  if (step == 4 && stride == 1) {
    for (; q + 4 <= count; q += 4, from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; q < count; q++, from += step, to += skip) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/** The adjoint of `windowColumns`: adds each column's elements to the inputs that they were read from. */
export function addWindowColumns(channels: i32, plane: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, rows: i32, outWidth: i32, x: usize, columns: usize, channelStep: i32, tapStep: i32, windowStep: i32): void {
  const step = <usize>windowStep << 2;
  for (let c = 0; c < channels; c++) for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
    const shift = left - kx * dilationX;
    const first = firstInside(shift, strideX, outWidth), end = endInside(shift, strideX, width, first, outWidth);
    let from = at(columns, c * channelStep + (ky * kernelWidth + kx) * tapStep);
    for (let r = 0; r < rows; r++, from += <usize>outWidth * step) {
      const row = r * strideY - top + ky * dilationY;
      if (row < 0 || row >= height) continue;
      addCells(from + <usize>first * step, step, at(x, c * plane + row * width + first * strideX - shift), strideX, end - first);
    }
  }
}
