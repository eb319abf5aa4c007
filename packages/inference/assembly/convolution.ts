// Convolutions of float32 with padding: windows of planes [channels][height][width] as the columns of a matrix, and what is done to outputs.
import { at } from "../../kernels/assembly/planes";
import { bounded } from "./bounded";
import { endInside, firstInside } from "./windows";
export { copyPlanes } from "../../kernels/assembly/planes";

function fillZeros(to: usize, count: i32, step: usize): void {
  if (step == 4) memory.fill(to, 0, <usize>count << 2);
  else for (let q = 0; q < count; q++, to += step) store<f32>(to, 0);
}

function copyCells(from: usize, stride: i32, to: usize, step: usize, count: i32): void {
  const skip = <usize>stride << 2;
  let q = 0;
  if (step == 4 && stride == 1) for (; q + 4 <= count; q += 4, from += 16, to += 16) v128.store(to, v128.load(from));
  else if (step == 4 && stride == 2) {
    for (; q + 5 <= count; q += 4, from += 32, to += 16) {
      v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
    }
  }
  for (; q < count; q++, from += skip, to += step) store<f32>(to, load<f32>(from));
}

/**
 * The inputs that each of rows x outWidth windows reads; 0 outside the plane. The window of output (r, q) begins at row
 * r * strideY - top and column q * strideX - left. Steps and `plane`, in elements: from a channel, a tap and a window to the next.
 */
export function windowColumns(channels: i32, plane: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, rows: i32, outWidth: i32, x: usize, columns: usize, channelStep: i32, tapStep: i32, windowStep: i32): void {
  const step = <usize>windowStep << 2;
  for (let c = 0; c < channels; c++) for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
    const shift = left - kx * dilationX;
    const first = firstInside(shift, strideX, outWidth), end = endInside(shift, strideX, width, first, outWidth);
    let to = at(columns, c * channelStep + (ky * kernelWidth + kx) * tapStep);
    for (let r = 0; r < rows; r++, to += <usize>outWidth * step) {
      const row = r * strideY - top + ky * dilationY;
      if (row < 0 || row >= height) { fillZeros(to, outWidth, step); continue; }
      if (first > 0) fillZeros(to, first, step);
      copyCells(at(x, c * plane + row * width + first * strideX - shift), strideX, to + <usize>first * step, step, end - first);
      if (end < outWidth) fillZeros(to + <usize>end * step, outWidth - end, step);
    }
  }
}

/**
 * Each row of a matrix times its scale, plus its shift, held between two bounds, what is below 0 times `slope` before that. Address 0:
 * no scales, no shifts. `stride`: elements between rows, of x and of y, which may be one.
 */
export function finishRows(rows: i32, columns: i32, stride: i32, x: usize, y: usize, scales: usize, shifts: usize, slope: f32, low: f32, high: f32): void {
  const slopes = f32x4.splat(slope), lows = f32x4.splat(low), highs = f32x4.splat(high), zero = f32x4.splat(0);
  const leaks = slope != 1, clips = low > -Infinity || high < Infinity;
  for (let r = 0; r < rows; r++) {
    const scale: f32 = scales ? load<f32>(at(scales, r)) : 1, shift: f32 = shifts ? load<f32>(at(shifts, r)) : 0;
    const factor = f32x4.splat(scale), term = f32x4.splat(shift);
    let from = at(x, r * stride), to = at(y, r * stride);
    let q = 0;
    for (; q + 4 <= columns; q += 4, from += 16, to += 16) {
      let v = v128.load(from);
      if (scales) v = f32x4.mul(v, factor);
      if (shifts) v = f32x4.add(v, term);
      if (leaks) v = v128.bitselect(f32x4.mul(v, slopes), v, f32x4.lt(v, zero));
      if (clips) v = f32x4.pmin(f32x4.pmax(v, lows), highs);
      v128.store(to, v);
    }
    for (; q < columns; q++, from += 4, to += 4) {
      let v = load<f32>(from);
      if (scales) v *= scale;
      if (shifts) v += shift;
      if (leaks && v < 0) v *= slope;
      if (clips) v = bounded(v, low, high);
      store<f32>(to, v);
    }
  }
}
