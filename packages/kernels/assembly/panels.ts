// Lines of a matrix packed into panels: what a micro-kernel reads, it reads in order.

/** Depth of a panel: 256 x (4 + 8) floats stay in the first-level cache. */
export const DEPTH: i32 = 256;

// @ts-ignore: decorator
@inline function transpose4(source: usize, stride: usize, target: usize, targetStride: usize): void {
  const r0 = v128.load(source), r1 = v128.load(source + stride);
  const r2 = v128.load(source + 2 * stride), r3 = v128.load(source + 3 * stride);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f32>(a, c, 0, 1, 4, 5));
  v128.store(target + targetStride, v128.shuffle<f32>(a, c, 2, 3, 6, 7));
  v128.store(target + 2 * targetStride, v128.shuffle<f32>(b, d, 0, 1, 4, 5));
  v128.store(target + 3 * targetStride, v128.shuffle<f32>(b, d, 2, 3, 6, 7));
}

/** Packs the last panel, which has fewer lines than it has room for. */
function packEdge<T>(width: i32, start: usize, stride: usize, alongDepth: bool, lines: i32, depth: i32, panel: usize): void {
  const size: usize = sizeof<T>(), alongK = alongDepth ? size : stride, alongLines = alongDepth ? stride : size;
  for (let k = 0; k < depth; k++) {
    for (let q = 0; q < width; q++, panel += size) {
      store<T>(panel, q < lines ? load<T>(start + <usize>q * alongLines + <usize>k * alongK) : <T>0);
    }
  }
}

/**
 * Packs lines [0, lines) of a matrix, depth [first, first + depth), into panels of `width` lines: panel after
 * panel, depth-major. `alongDepth`: neighbours in depth are neighbours in memory. Missing lines are zero. `stride`: bytes between rows.
 */
// @ts-ignore: decorator
@inline export function pack<T>(width: i32, source: usize, stride: usize, alongDepth: bool, lines: i32, first: i32, depth: i32, panel: usize): void {
  const size: usize = sizeof<T>(), widthBytes: usize = <usize>width * size;
  for (let line = 0; line < lines; line += width) {
    const full = lines - line >= width;
    const start = alongDepth
      ? source + <usize>line * stride + <usize>first * size
      : source + <usize>first * stride + <usize>line * size;
    if (full && !alongDepth) {
      for (let k = 0; k < depth; k++) {
        const from = start + <usize>k * stride, to = panel + <usize>k * widthBytes;
        for (let q: usize = 0; q < widthBytes; q += 16) v128.store(to + q, v128.load(from + q));
      }
    } else if (full) {
      let k = 0;
      if (sizeof<T>() == 4) for (; k + 4 <= depth; k += 4) {
        for (let q = 0; q < width; q += 4) {
          transpose4(start + <usize>q * stride + <usize>k * size, stride, panel + <usize>k * widthBytes + <usize>q * size, widthBytes);
        }
      }
      for (; k < depth; k++) {
        for (let q = 0; q < width; q++) {
          store<T>(panel + <usize>k * widthBytes + <usize>q * size, load<T>(start + <usize>q * stride + <usize>k * size));
        }
      }
    } else packEdge<T>(width, start, stride, alongDepth, lines - line, depth, panel);
    panel += <usize>depth * widthBytes;
  }
}
