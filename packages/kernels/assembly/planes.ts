// What convolutions of all packages do with planes of float32 without padding: a padded input is a larger plane (copyPlanes).
// `dilation` cells lie between two taps of a kernel, `stride` cells between two outputs.

// @ts-ignore: decorator
@inline export function at(base: usize, index: i32): usize { return base + (<usize>index << 2); }

/** Outputs along an axis that holds its padding. */
// @ts-ignore: decorator
@inline export function outputs(size: i32, kernel: i32, stride: i32, dilation: i32): i32 {
  return (size - (kernel - 1) * dilation - 1) / stride + 1;
}

/** Of each plane a grid of cells to another grid: `row` and `column` are the distances between cells, in elements. */
export function copyPlanes(planes: i32, rows: i32, columns: i32, from: usize, fromPlane: i32, fromRow: i32, fromColumn: i32, to: usize, toPlane: i32, toRow: i32, toColumn: i32): void {
  for (let p = 0; p < planes; p++) for (let r = 0; r < rows; r++) {
    const source = at(from, p * fromPlane + r * fromRow), target = at(to, p * toPlane + r * toRow);
    if (fromColumn == 1 && toColumn == 1) memory.copy(target, source, <usize>columns << 2);
    else for (let c = 0; c < columns; c++) store<f32>(at(target, c * toColumn), load<f32>(at(source, c * fromColumn)));
  }
}

/** y [channels * multiplier][images][height' * width'] from x [channels][images][height * width]: each output by a kernel of its own over one input. */
export function depthwise(channels: i32, multiplier: i32, images: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, x: usize, w: usize, y: usize): void {
  const outHeight = outputs(height, kernelHeight, strideY, dilationY), outWidth = outputs(width, kernelWidth, strideX, dilationX);
  const vectors = (strideX == 1 ? outWidth : strideX == 2 ? (width - (kernelWidth - 1) * dilationX) >> 1 : 0) & ~3;
  for (let o = 0; o < channels * multiplier; o++) {
    const kernel = at(w, o * kernelHeight * kernelWidth);
    for (let n = 0; n < images; n++) for (let r = 0; r < outHeight; r++) {
      const from = at(x, ((o / multiplier * images + n) * height + r * strideY) * width);
      for (let q = 0; q < vectors; q += 4) {
        let sums = f32x4.splat(0);
        for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
          const tap = v128.load32_splat(at(kernel, ky * kernelWidth + kx));
          const cells = at(from, ky * dilationY * width + kx * dilationX + q * strideX);
          const values = strideX == 1 ? v128.load(cells) : v128.shuffle<f32>(v128.load(cells), v128.load(cells, 16), 0, 2, 4, 6);
          sums = f32x4.add(sums, f32x4.mul(tap, values));
        }
        v128.store(at(y, q), sums);
      }
      for (let q = vectors; q < outWidth; q++) {
        let sum: f32 = 0;
        for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
          sum += load<f32>(at(kernel, ky * kernelWidth + kx)) * load<f32>(at(from, ky * dilationY * width + kx * dilationX + q * strideX));
        }
        store<f32>(at(y, q), sum);
      }
      y += <usize>outWidth << 2;
    }
  }
}
