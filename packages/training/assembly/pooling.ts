// Pooling over planes [planes][height * width].

// @ts-ignore: decorator
@inline function at(base: usize, index: i32): usize { return base + (<usize>index << 2); }

/** 2 x 2 maximum, stride 2, over planes [planes][height * width]; `argmax` keeps the winner's index, the first of equals. */
export function maxPool(planes: i32, height: i32, width: i32, x: usize, y: usize, argmax: usize): void {
  const outHeight = height >> 1, outWidth = width >> 1;
  let out = 0;
  for (let p = 0; p < planes; p++) for (let i = 0; i < outHeight; i++) for (let j = 0; j < outWidth; j++) {
    const first = (p * height + 2 * i) * width + 2 * j;
    let best = first, value = load<f32>(at(x, first));
    let other = load<f32>(at(x, first + 1));
    if (other > value) { value = other; best = first + 1; }
    other = load<f32>(at(x, first + width));
    if (other > value) { value = other; best = first + width; }
    other = load<f32>(at(x, first + width + 1));
    if (other > value) { value = other; best = first + width + 1; }
    store<f32>(at(y, out), value); store<i32>(at(argmax, out), best);
    out++;
  }
}

/** dx = 0 but for the winners, which get dy. n: elements of dy; size: elements of dx. */
export function maxPoolGradient(n: i32, size: i32, dy: usize, argmax: usize, dx: usize): void {
  memory.fill(dx, 0, <usize>size << 2);
  for (let i = 0; i < n; i++) store<f32>(at(dx, load<i32>(at(argmax, i))), load<f32>(at(dy, i)));
}

/** The maximum of windows of any size, stride and padding, which never wins; `argmax` as that of `maxPool`. */
export function maxPoolWindows(planes: i32, height: i32, width: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, padY: i32, padX: i32, x: usize, y: usize, argmax: usize): void {
  let out = 0;
  for (let p = 0; p < planes; p++) for (let r = 0; r < outHeight; r++) for (let q = 0; q < outWidth; q++) {
    const top = r * strideY - padY, left = q * strideX - padX;
    let value: f32 = -Infinity, best = -1;
    for (let i = max(top, 0); i < min(top + kernelHeight, height); i++) for (let j = max(left, 0); j < min(left + kernelWidth, width); j++) {
      const place = (p * height + i) * width + j, other = load<f32>(at(x, place));
      if (best < 0 || other > value) { value = other; best = place; }
    }
    store<f32>(at(y, out), value); store<i32>(at(argmax, out), best);
    out++;
  }
}

/** As maxPoolGradient, where windows overlap: a winner gets the sum of its windows' slopes. */
export function maxPoolWindowsGradient(n: i32, size: i32, dy: usize, argmax: usize, dx: usize): void {
  memory.fill(dx, 0, <usize>size << 2);
  for (let i = 0; i < n; i++) {
    const winner = at(dx, load<i32>(at(argmax, i)));
    store<f32>(winner, load<f32>(winner) + load<f32>(at(dy, i)));
  }
}

/** y [planes] = the mean of each plane of x [planes][length]. */
export function planeMeans(planes: i32, length: i32, x: usize, y: usize): void {
  const over: f32 = 1 / <f32>length;
  for (let p = 0; p < planes; p++) {
    let sum: f32 = 0;
    for (let j = 0; j < length; j++) sum += load<f32>(at(x, p * length + j));
    store<f32>(at(y, p), sum * over);
  }
}

/** dx [planes][length] = dy [planes] / length. */
export function planeMeansGradient(planes: i32, length: i32, dy: usize, dx: usize): void {
  const over: f32 = 1 / <f32>length;
  for (let p = 0; p < planes; p++) {
    const slope = load<f32>(at(dy, p)) * over;
    for (let j = 0; j < length; j++) store<f32>(at(dx, p * length + j), slope);
  }
}
