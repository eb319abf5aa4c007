// Normalization by statistics that are kept, over planes [channels][length].

// @ts-ignore: decorator
@inline function at(base: usize, index: i32): usize { return base + (<usize>index << 2); }

// @ts-ignore: decorator
@inline function inverseDeviation(variance: usize, c: i32, epsilon: f32): f32 {
  return 1 / <f32>Math.sqrt(<f64>(load<f32>(at(variance, c)) + epsilon));
}

/** y = scale (x - mean) / sqrt(variance + epsilon) + bias, channel by channel. */
export function normalize(channels: i32, length: i32, x: usize, mean: usize, variance: usize, epsilon: f32, scale: usize, bias: usize, y: usize): void {
  for (let c = 0; c < channels; c++) {
    const gain = load<f32>(at(scale, c)) * inverseDeviation(variance, c, epsilon);
    const center = load<f32>(at(mean, c)), shift = load<f32>(at(bias, c));
    const gains = f32x4.splat(gain), centers = f32x4.splat(center), shifts = f32x4.splat(shift);
    const from = at(x, c * length), to = at(y, c * length);
    let j = 0;
    for (; j + 4 <= length; j += 4) v128.store(at(to, j), f32x4.add(f32x4.mul(f32x4.sub(v128.load(at(from, j)), centers), gains), shifts));
    for (; j < length; j++) store<f32>(at(to, j), (load<f32>(at(from, j)) - center) * gain + shift);
  }
}

/** The slopes of `scale`, and of x unless `dx` is 0, from those of y; those of `bias` are the sums of dy (channelSums). */
export function normalizeGradient(channels: i32, length: i32, dy: usize, x: usize, mean: usize, variance: usize, epsilon: f32, scale: usize, dScale: usize, dx: usize): void {
  for (let c = 0; c < channels; c++) {
    const deviation = inverseDeviation(variance, c, epsilon), gain = load<f32>(at(scale, c)) * deviation;
    const center = load<f32>(at(mean, c)), gains = f32x4.splat(gain), centers = f32x4.splat(center);
    const slopes = at(dy, c * length), from = at(x, c * length), to = at(dx, c * length);
    let sums = f32x4.splat(0), j = 0;
    for (; j + 4 <= length; j += 4) {
      const slope = v128.load(at(slopes, j));
      sums = f32x4.add(sums, f32x4.mul(slope, f32x4.sub(v128.load(at(from, j)), centers)));
      if (dx) v128.store(at(to, j), f32x4.mul(slope, gains));
    }
    let sum: f32 = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
    for (; j < length; j++) {
      const slope = load<f32>(at(slopes, j));
      sum += slope * (load<f32>(at(from, j)) - center);
      if (dx) store<f32>(at(to, j), slope * gain);
    }
    store<f32>(at(dScale, c), sum * deviation);
  }
}
