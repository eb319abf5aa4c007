// Everything of a layer that is not a matrix product. Activations of dense layers are [rows][features];
// of convolutional layers [channels][images][height * width], so that a convolution of a whole batch is one product.
import { scalarAt } from "./optimizer";
import { Scalar } from "./words";

/** Zeroes `bytes` from `address` on. */
export function clear(address: usize, bytes: i32): void { memory.fill(address, 0, <usize>bytes); }

/** Copies `bytes`. */
export function copy(bytes: i32, from: usize, to: usize): void { memory.copy(to, from, <usize>bytes); }

/** n floats of one value. */
export function fill(n: i32, address: usize, value: f32): void {
  for (let i = 0; i < n; i++) store<f32>(at(address, i), value);
}

// @ts-ignore: decorator
@inline function at(base: usize, index: i32): usize { return base + (<usize>index << 2); }

/** y [rows][columns] += bias [columns]. */
export function addRowBias(rows: i32, columns: i32, y: usize, bias: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = at(y, r * columns);
    let j = 0;
    for (; j + 4 <= columns; j += 4) v128.store(at(row, j), f32x4.add(v128.load(at(row, j)), v128.load(at(bias, j))));
    for (; j < columns; j++) store<f32>(at(row, j), load<f32>(at(row, j)) + load<f32>(at(bias, j)));
  }
}

/** y [channels][length] += bias [channels]. */
export function addChannelBias(channels: i32, length: i32, y: usize, bias: usize): void {
  for (let c = 0; c < channels; c++) {
    const row = at(y, c * length), value = load<f32>(at(bias, c)), all = f32x4.splat(value);
    let j = 0;
    for (; j + 4 <= length; j += 4) v128.store(at(row, j), f32x4.add(v128.load(at(row, j)), all));
    for (; j < length; j++) store<f32>(at(row, j), load<f32>(at(row, j)) + value);
  }
}

/** out [columns] = sum over rows of x [rows][columns]. */
export function columnSums(rows: i32, columns: i32, x: usize, out: usize): void {
  memory.fill(out, 0, <usize>columns << 2);
  for (let r = 0; r < rows; r++) addRowBias(1, columns, out, at(x, r * columns));
}

/** out [channels] = sum over length of x [channels][length]. */
export function channelSums(channels: i32, length: i32, x: usize, out: usize): void {
  for (let c = 0; c < channels; c++) {
    const row = at(x, c * length);
    let sums = f32x4.splat(0), j = 0;
    for (; j + 4 <= length; j += 4) sums = f32x4.add(sums, v128.load(at(row, j)));
    let sum: f32 = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
    for (; j < length; j++) sum += load<f32>(at(row, j));
    store<f32>(at(out, c), sum);
  }
}

/** x = max(x, 0) in place; n a multiple of 4 (buffers are padded). */
export function relu(n: i32, x: usize): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) v128.store(at(x, i), f32x4.max(v128.load(at(x, i)), zero));
}

/** dy = dy where y > 0, else 0. */
export function reluGradient(n: i32, dy: usize, y: usize): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) v128.store(at(dy, i), v128.and(v128.load(at(dy, i)), f32x4.gt(v128.load(at(y, i)), zero)));
}

/** a *= b. */
export function multiply(n: i32, a: usize, b: usize): void {
  for (let i = 0; i < n; i += 4) v128.store(at(a, i), f32x4.mul(v128.load(at(a, i)), v128.load(at(b, i))));
}

/** y = a + b. */
export function add(n: i32, a: usize, b: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) v128.store(at(y, i), f32x4.add(v128.load(at(a, i)), v128.load(at(b, i))));
}

/** x = min(max(x, low), high) in place. */
export function clip(n: i32, x: usize, low: f32, high: f32): void {
  const least = f32x4.splat(low), most = f32x4.splat(high);
  for (let i = 0; i < n; i += 4) v128.store(at(x, i), f32x4.min(f32x4.max(v128.load(at(x, i)), least), most));
}

/** dy = dy where low < y < high, else 0. */
export function clipGradient(n: i32, dy: usize, y: usize, low: f32, high: f32): void {
  const least = f32x4.splat(low), most = f32x4.splat(high);
  for (let i = 0; i < n; i += 4) {
    const value = v128.load(at(y, i));
    const inside = v128.and(f32x4.gt(value, least), f32x4.lt(value, most));
    v128.store(at(dy, i), v128.and(v128.load(at(dy, i)), inside));
  }
}

/** A well-mixed 32-bit hash, bijective (lowbias32); the TypeScript twin computes the same bits. */
// @ts-ignore: decorator
@inline export function mix(value: u32): u32 {
  value ^= value >> 16; value *= 0x7feb352d; value ^= value >> 15; value *= 0x846ca68b; value ^= value >> 16;
  return value;
}

/** The same of four values. */
// @ts-ignore: decorator
@inline function mix4(values: v128): v128 {
  values = v128.xor(values, i32x4.shr_u(values, 16));
  values = i32x4.mul(values, i32x4.splat(0x7feb352d));
  values = v128.xor(values, i32x4.shr_u(values, 15));
  values = i32x4.mul(values, i32x4.splat(0x846ca68b));
  return v128.xor(values, i32x4.shr_u(values, 16));
}

/**
 * Inverted dropout: factors [n] = 0 with probability threshold / 2^24, else `scale`; x *= factors.
 * `site`: which of the program's dropouts; n a multiple of 4.
 */
export function dropout(n: i32, x: usize, factors: usize, site: i32, threshold: i32, scale: f32, scalars: usize, step: i32): void {
  const seed = load<u32>(scalarAt(scalars, step, Scalar.DropoutSeed));
  const limit = i32x4.splat(threshold), kept = f32x4.splat(scale), four = i32x4.splat(4);
  let counter = i32x4.add(i32x4.splat(<i32>mix(<u32>site ^ mix(seed))), i32x4(0, 1, 2, 3));
  for (let i = 0; i < n; i += 4) {
    const dropped = i32x4.lt_s(i32x4.shr_u(mix4(counter), 8), limit);
    const factor = v128.andnot(kept, dropped);
    v128.store(at(factors, i), factor);
    v128.store(at(x, i), f32x4.mul(v128.load(at(x, i)), factor));
    counter = i32x4.add(counter, four);
  }
}

/** rows [images][channels * length] from x [channels][images][length]. */
export function channelsToRows(channels: i32, images: i32, length: i32, x: usize, rows: usize): void {
  for (let c = 0; c < channels; c++) for (let n = 0; n < images; n++) {
    memory.copy(at(rows, (n * channels + c) * length), at(x, (c * images + n) * length), <usize>length << 2);
  }
}

/** x [channels][images][length] from rows [images][channels * length]. */
export function rowsToChannels(channels: i32, images: i32, length: i32, rows: usize, x: usize): void {
  for (let c = 0; c < channels; c++) for (let n = 0; n < images; n++) {
    memory.copy(at(x, (c * images + n) * length), at(rows, (n * channels + c) * length), <usize>length << 2);
  }
}

/** squares [columns] = decay * squares + sum over rows of x^2: a running square of every input of a dense layer. */
export function trackColumns(rows: i32, columns: i32, x: usize, squares: usize, decay: f32): void {
  for (let j = 0; j < columns; j++) store<f32>(at(squares, j), load<f32>(at(squares, j)) * decay);
  for (let r = 0; r < rows; r++) {
    const row = at(x, r * columns);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const v = v128.load(at(row, j));
      v128.store(at(squares, j), f32x4.add(v128.load(at(squares, j)), f32x4.mul(v, v)));
    }
    for (; j < columns; j++) { const v = load<f32>(at(row, j)); store<f32>(at(squares, j), load<f32>(at(squares, j)) + v * v); }
  }
}

/** squares [rows] = decay * squares + sum along each row of x^2: the same for a convolution's columns. */
export function trackRows(rows: i32, length: i32, x: usize, squares: usize, decay: f32): void {
  for (let r = 0; r < rows; r++) {
    const row = at(x, r * length);
    let sums = f32x4.splat(0), j = 0;
    for (; j + 4 <= length; j += 4) { const v = v128.load(at(row, j)); sums = f32x4.add(sums, f32x4.mul(v, v)); }
    let sum: f32 = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
    for (; j < length; j++) { const v = load<f32>(at(row, j)); sum += v * v; }
    store<f32>(at(squares, r), load<f32>(at(squares, r)) * decay + sum);
  }
}
