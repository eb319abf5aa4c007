// Pools of float32: windows of planes, of which each gives its largest element or its sum. The two are modules of their own.
import { at } from "../../kernels/assembly/planes";

// @ts-ignore: decorator
@inline function joinedVectors(isMax: bool, a: v128, b: v128): v128 { return isMax ? f32x4.max(a, b) : f32x4.add(a, b); }

// @ts-ignore: decorator
@inline function joinedNumbers(isMax: bool, a: f32, b: f32): f32 { return isMax ? max(a, b) : a + b; }

/** The first cell of a window along an axis that lies in the plane. */
// @ts-ignore: decorator
@inline function firstCell(start: i32, dilation: i32): i32 { return start < 0 ? start + (-start + dilation - 1) / dilation * dilation : start; }

/** Four cells, 1 or 2 apart; none behind the last of them is read. */
// @ts-ignore: decorator
@inline function fourCells(first: usize, stride: i32): v128 {
  return stride == 1 ? v128.load(first) : v128.shuffle<f32>(v128.load(first), v128.load(first, 12), 0, 2, 5, 7);
}

// @ts-ignore: decorator
@inline export function pool(isMax: bool, planes: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32, outHeight: i32, outWidth: i32, x: usize, y: usize, row: usize): void {
  const empty: f32 = isMax ? -Infinity : 0;
  for (let p = 0; p < planes; p++) for (let i = 0; i < outHeight; i++) {
    // The rows of the windows joined into one, then each window's cells of it.
    const start = i * strideY - top, endRow = min(height, start + (kernelHeight - 1) * dilationY + 1);
    const plane = at(x, p * height * width);
    let from = firstCell(start, dilationY);
    let line = row;
    if (from >= endRow) for (let k = 0; k < width; k++) store<f32>(at(row, k), empty);
    else {
      line = at(plane, from * width);
      for (from += dilationY; from < endRow; from += dilationY) {
        const next = at(plane, from * width);
        let k = 0;
        for (; k + 4 <= width; k += 4) v128.store(at(row, k), joinedVectors(isMax, v128.load(at(line, k)), v128.load(at(next, k))));
        for (; k < width; k++) store<f32>(at(row, k), joinedNumbers(isMax, load<f32>(at(line, k)), load<f32>(at(next, k))));
        line = row;
      }
    }
    for (let j = 0; j < outWidth; j++, y += 4) {
      const begin = j * strideX - left, last = begin + (kernelWidth - 1) * dilationX;
      if (strideX <= 2 && begin >= 0 && j + 4 <= outWidth && last + 3 * strideX < width) {
        let values = f32x4.splat(empty);
        for (let k = begin; k <= last; k += dilationX) values = joinedVectors(isMax, values, fourCells(at(line, k), strideX));
        v128.store(y, values);
        j += 3; y += 12;
        continue;
      }
      const end = min(width, last + 1);
      let value = empty;
      for (let k = firstCell(begin, dilationX); k < end; k += dilationX) value = joinedNumbers(isMax, value, load<f32>(at(line, k)));
      store<f32>(y, value);
    }
  }
}
