// Vectors side by side: element i of all of them, then element i + 1.

/**
 * `used` vectors x, `step` elements apart, whose elements are `stride` apart, to [inputs][lanes], zeros in the other lanes. scales: 0, or one an
 * input that it is multiplied by. Gives how many elements of the first are not zero.
 */
export function packLanes(x: usize, step: i32, stride: i32, used: i32, lanes: i32, inputs: i32, scales: usize, target: usize): i32 {
  const bytes = <usize>stride << 2;
  let nonZero = 0;
  if (lanes == 1 && stride == 1 && scales == 0) {
    const zero = f32x4.splat(0);
    let counts = i32x4.splat(0);
    for (const end = x + (<usize>(inputs & ~3) << 2); x < end; x += 16, target += 16) {
      const values = v128.load(x);
      v128.store(target, values);
      counts = i32x4.sub(counts, f32x4.ne(values, zero));
    }
    nonZero = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
    inputs &= 3;
  }
  if (used < lanes) memory.fill(target, 0, <usize>(inputs * lanes) << 2);
  for (let lane = 0; lane < used; lane++) {
    let from = x + (<usize>(lane * step) << 2), to = target + (<usize>lane << 2), scale = scales;
    for (let i = 0; i < inputs; i++) {
      let value = load<f32>(from);
      if (lane == 0) nonZero += <i32>(value != 0);
      if (scales != 0) {
        value *= load<f32>(scale);
        scale += 4;
      }
      store<f32>(to, value);
      from += bytes; to += <usize>lanes << 2;
    }
  }
  return nonZero;
}

/**
 * The mirror of `packLanes`: sums [..][lanes], with a row of no output after each `between` outputs, each times `scale` and, unless `scales` is 0,
 * that of its output.
 */
export function unpackLanes(sums: usize, lanes: i32, used: i32, outputs: i32, between: i32, scale: f32, scales: usize, y: usize, step: i32, stride: i32): void {
  const bytes = <usize>stride << 2, row = <usize>lanes << 2;
  for (let lane = 0; lane < used; lane++) {
    let from = sums + (<usize>lane << 2), to = y + (<usize>(lane * step) << 2), rest = between;
    for (let output = 0; output < outputs; output++) {
      if (rest == 0) {
        from += row;
        rest = between;
      }
      rest--;
      const factor = scales == 0 ? scale : scale * load<f32>(scales + (<usize>output << 2));
      store<f32>(to, load<f32>(from) * factor);
      from += row; to += bytes;
    }
  }
}
