// Convolutions over planes [channels][images][height * width] without padding: a padded input is a larger plane
// (copyPlanes). `dilation` cells lie between two taps of a kernel, `stride` cells between two outputs.

import { at, outputs } from "../../kernels/assembly/planes";

// @ts-ignore: decorator
@inline function sumOf(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}

/**
 * columns [channels * kernelHeight * kernelWidth][images * height' * width'] from x [channels][total images][height * width],
 * of which `images` from the address on.
 */
export function im2col(channels: i32, images: i32, total: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, x: usize, columns: usize): void {
  const outHeight = outputs(height, kernelHeight, strideY, dilationY), outWidth = outputs(width, kernelWidth, strideX, dilationX);
  const rowBytes = <usize>outWidth << 2;
  for (let c = 0; c < channels; c++) for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
    for (let n = 0; n < images; n++) {
      let from = at(x, ((c * total + n) * height + ky * dilationY) * width + kx * dilationX);
      for (let y = 0; y < outHeight; y++) {
        if (strideX == 1) {
          let q: usize = 0;
          for (; q + 16 <= rowBytes; q += 16) v128.store(columns + q, v128.load(from + q));
          for (; q < rowBytes; q += 4) store<f32>(columns + q, load<f32>(from + q));
        } else for (let q = 0; q < outWidth; q++) store<f32>(at(columns, q), load<f32>(at(from, q * strideX)));
        columns += rowBytes; from += <usize>(width * strideY) << 2;
      }
    }
  }
}

/** The adjoint of im2col: x += the columns' elements that were copied from it. */
export function col2im(channels: i32, images: i32, total: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, columns: usize, x: usize): void {
  const outHeight = outputs(height, kernelHeight, strideY, dilationY), outWidth = outputs(width, kernelWidth, strideX, dilationX);
  const rowBytes = <usize>outWidth << 2;
  for (let c = 0; c < channels; c++) for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
    for (let n = 0; n < images; n++) {
      let to = at(x, ((c * total + n) * height + ky * dilationY) * width + kx * dilationX);
      for (let y = 0; y < outHeight; y++) {
        if (strideX == 1) {
          let q: usize = 0;
          for (; q + 16 <= rowBytes; q += 16) v128.store(to + q, f32x4.add(v128.load(to + q), v128.load(columns + q)));
          for (; q < rowBytes; q += 4) store<f32>(to + q, load<f32>(to + q) + load<f32>(columns + q));
        } else for (let q = 0; q < outWidth; q++) {
          const pixel = at(to, q * strideX);
          store<f32>(pixel, load<f32>(pixel) + load<f32>(at(columns, q)));
        }
        columns += rowBytes; to += <usize>(width * strideY) << 2;
      }
    }
  }
}

/** dx += what the outputs' gradients give the inputs of `depthwise`. */
export function depthwiseInputGradient(channels: i32, multiplier: i32, images: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, dy: usize, w: usize, dx: usize): void {
  const outHeight = outputs(height, kernelHeight, strideY, dilationY), outWidth = outputs(width, kernelWidth, strideX, dilationX);
  const vectors = strideX == 1 ? outWidth & ~3 : 0;
  for (let o = 0; o < channels * multiplier; o++) {
    const kernel = at(w, o * kernelHeight * kernelWidth);
    for (let n = 0; n < images; n++) for (let r = 0; r < outHeight; r++) {
      const row = at(dx, ((o / multiplier * images + n) * height + r * strideY) * width);
      for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
        const tap = load<f32>(at(kernel, ky * kernelWidth + kx)), all = f32x4.splat(tap);
        const to = at(row, ky * dilationY * width + kx * dilationX);
        for (let q = 0; q < vectors; q += 4) {
          v128.store(at(to, q), f32x4.add(v128.load(at(to, q)), f32x4.mul(all, v128.load(at(dy, q)))));
        }
        for (let q = vectors; q < outWidth; q++) {
          const pixel = at(to, q * strideX);
          store<f32>(pixel, load<f32>(pixel) + tap * load<f32>(at(dy, q)));
        }
      }
      dy += <usize>outWidth << 2;
    }
  }
}

/** dw [channels * multiplier][kernelHeight * kernelWidth] of `depthwise`. */
export function depthwiseWeightGradient(channels: i32, multiplier: i32, images: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, dy: usize, x: usize, dw: usize): void {
  const outHeight = outputs(height, kernelHeight, strideY, dilationY), outWidth = outputs(width, kernelWidth, strideX, dilationX);
  const vectors = strideX == 1 ? outWidth & ~3 : 0;
  for (let o = 0; o < channels * multiplier; o++) for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
    let sums = f32x4.splat(0), sum: f32 = 0;
    for (let n = 0; n < images; n++) for (let r = 0; r < outHeight; r++) {
      const from = at(x, ((o / multiplier * images + n) * height + r * strideY + ky * dilationY) * width + kx * dilationX);
      const slopes = at(dy, ((o * images + n) * outHeight + r) * outWidth);
      for (let q = 0; q < vectors; q += 4) sums = f32x4.add(sums, f32x4.mul(v128.load(at(slopes, q)), v128.load(at(from, q))));
      for (let q = vectors; q < outWidth; q++) sum += load<f32>(at(slopes, q)) * load<f32>(at(from, q * strideX));
    }
    store<f32>(at(dw, (o * kernelHeight + ky) * kernelWidth + kx), sumOf(sums) + sum);
  }
}
