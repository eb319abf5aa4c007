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

/** The four cells that four neighbouring windows read, one or two cells apart. */
// @ts-ignore: decorator
@inline function fourCells(stride: i32, from: usize): v128 {
  return stride == 1 ? v128.load(from) : v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6);
}

/** Sums over a kernel of `vectors` (1, 2 or 4) times four neighbouring windows. Each sum goes tap by tap. `down`, `across`: bytes between taps. */
// @ts-ignore: decorator
@inline function windowSums(vectors: i32, stride: i32, kernelHeight: i32, kernelWidth: i32, down: usize, across: usize, from: usize, tap: usize, y: usize): void {
  const wide: usize = 16 * stride;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let ky = 0; ky < kernelHeight; ky++, from += down) {
    let cell = from;
    for (let kx = 0; kx < kernelWidth; kx++, cell += across, tap += 4) {
      const weight = v128.load32_splat(tap);
      s0 = f32x4.add(s0, f32x4.mul(weight, fourCells(stride, cell)));
      if (vectors > 1) s1 = f32x4.add(s1, f32x4.mul(weight, fourCells(stride, cell + wide)));
      if (vectors > 2) {
        s2 = f32x4.add(s2, f32x4.mul(weight, fourCells(stride, cell + 2 * wide)));
        s3 = f32x4.add(s3, f32x4.mul(weight, fourCells(stride, cell + 3 * wide)));
      }
    }
  }
  v128.store(y, s0);
  if (vectors > 1) v128.store(y, s1, 16);
  if (vectors > 2) { v128.store(y, s2, 32); v128.store(y, s3, 48); }
}

/** As many sums of a row of windows as vectors hold. */
// @ts-ignore: decorator
@inline function rowSums(stride: i32, count: i32, kernelHeight: i32, kernelWidth: i32, down: usize, across: usize, from: usize, tap: usize, y: usize): void {
  let q = 0;
  for (; q + 16 <= count; q += 16) windowSums(4, stride, kernelHeight, kernelWidth, down, across, at(from, q * stride), tap, at(y, q));
  if (q + 8 <= count) { windowSums(2, stride, kernelHeight, kernelWidth, down, across, at(from, q * stride), tap, at(y, q)); q += 8; }
  if (q + 4 <= count) windowSums(1, stride, kernelHeight, kernelWidth, down, across, at(from, q * stride), tap, at(y, q));
}

/** y [channels * multiplier][images][height' * width'] from x [channels][images][height * width]: each output by a kernel of its own over one input. */
export function depthwise(channels: i32, multiplier: i32, images: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, x: usize, w: usize, y: usize): void {
  const outHeight = outputs(height, kernelHeight, strideY, dilationY), outWidth = outputs(width, kernelWidth, strideX, dilationX);
  const vectors = (strideX == 1 ? outWidth : strideX == 2 ? (width - (kernelWidth - 1) * dilationX) >> 1 : 0) & ~3;
  const down = <usize>(dilationY * width) << 2, across = <usize>dilationX << 2;
  for (let o = 0; o < channels * multiplier; o++) {
    const kernel = at(w, o * kernelHeight * kernelWidth);
    for (let n = 0; n < images; n++) for (let r = 0; r < outHeight; r++) {
      const from = at(x, ((o / multiplier * images + n) * height + r * strideY) * width);
      if (strideX == 1) rowSums(1, vectors, kernelHeight, kernelWidth, down, across, from, kernel, y);
      else if (strideX == 2) rowSums(2, vectors, kernelHeight, kernelWidth, down, across, from, kernel, y);
      for (let q = vectors; q < outWidth; q++) {
        let sum: f32 = 0, row = at(from, q * strideX), tap = kernel;
        for (let ky = 0; ky < kernelHeight; ky++, row += down) {
          let cell = row;
          for (let kx = 0; kx < kernelWidth; kx++, cell += across, tap += 4) sum += load<f32>(tap) * load<f32>(cell);
        }
        store<f32>(at(y, q), sum);
      }
      y += <usize>outWidth << 2;
    }
  }
}
