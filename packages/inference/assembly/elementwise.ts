// Loops over float32, element by element. A step is 1, or 0 where the operand is one number that is read again and again.
import { at } from "../../kernels/assembly/planes";
import { bounded } from "./bounded";
import { REST, SPLAT_X, SPLAT_Y } from "./rooms";

// @ts-ignore: decorator
@inline function splatted(x: usize, step: i32, room: usize): usize {
  if (step) return x;
  v128.store(room, v128.load_splat<f32>(x));
  return room;
}

// @ts-ignore: decorator
@inline function vectors(op: i32, a: v128, b: v128): v128 {
  return op == 0 ? f32x4.add(a, b) : op == 1 ? f32x4.sub(a, b) : op == 2 ? f32x4.mul(a, b) : f32x4.div(a, b);
}

// @ts-ignore: decorator
@inline function numbers(op: i32, a: f32, b: f32): f32 { return op == 0 ? a + b : op == 1 ? a - b : op == 2 ? a * b : a / b; }

// @ts-ignore: decorator
@inline function combine(op: i32, count: i32, x: usize, stepX: i32, y: usize, stepY: i32, to: usize): void {
  x = splatted(x, stepX, SPLAT_X);
  y = splatted(y, stepY, SPLAT_Y);
  const nextX = <usize>stepX << 4, nextY = <usize>stepY << 4, end = to + (<usize>count << 2);
  for (const last = to + (<usize>(count & ~3) << 2); to < last; x += nextX, y += nextY, to += 16) {
    v128.store(to, vectors(op, v128.load(x), v128.load(y)));
  }
  for (; to < end; x += nextX >> 2, y += nextY >> 2, to += 4) store<f32>(to, numbers(op, load<f32>(x), load<f32>(y)));
}

/** to = x + y. */
export function addFloats(count: i32, x: usize, stepX: i32, y: usize, stepY: i32, to: usize): void { combine(0, count, x, stepX, y, stepY, to); }

/** to = x - y. */
export function subtractFloats(count: i32, x: usize, stepX: i32, y: usize, stepY: i32, to: usize): void { combine(1, count, x, stepX, y, stepY, to); }

/** to = x * y. */
export function multiplyFloats(count: i32, x: usize, stepX: i32, y: usize, stepY: i32, to: usize): void { combine(2, count, x, stepX, y, stepY, to); }

/** to = x / y. */
export function divideFloats(count: i32, x: usize, stepX: i32, y: usize, stepY: i32, to: usize): void { combine(3, count, x, stepX, y, stepY, to); }

/**
 * e^x to a relative 2^-23, and to half a unit of the last place where it is below 2^-126. Of x = n ln 2 + r the power e^r is a polynomial,
 * that of Cephes; 2^n is multiplied in two parts, so that what overflows or has fewer digits is rounded once. A number plus 1.5 * 2^23 has
 * no digits behind the point, and its last bits are the integer.
 */
// @ts-ignore: decorator
@inline function exponential(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89));
  const round = f32x4.splat(12582912), rounded = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), round);
  const n = f32x4.sub(rounded, round);
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(1.9875691500e-4)), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const whole = i32x4.sub(rounded, round), half = i32x4.shr_s(whole, 1), bias = i32x4.splat(127);
  p = f32x4.mul(p, i32x4.shl(i32x4.add(half, bias), 23));
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.sub(whole, half), bias), 23));
}

/** e^x (kind 0), the sigmoid (1) or the hyperbolic tangent (2) of four numbers: with e = e^-|x| or e^-2|x|, which does not overflow. */
// @ts-ignore: decorator
@inline function smooth(kind: i32, x: v128): v128 {
  const one = f32x4.splat(1), size = f32x4.abs(x);
  const e = exponential(kind == 0 ? x : f32x4.mul(size, f32x4.splat(<f32>-kind)));
  if (kind == 0) return e;
  if (kind == 1) return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
  // Near 0 a polynomial, that of Cephes.
  const z = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(z, f32x4.splat(-5.70498872745e-3)), f32x4.splat(2.06390887954e-2));
  p = f32x4.sub(f32x4.mul(p, z), f32x4.splat(5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.33314422036e-1));
  p = f32x4.sub(f32x4.mul(p, z), f32x4.splat(3.33332819422e-1));
  p = f32x4.add(f32x4.mul(f32x4.mul(p, z), size), size);
  const far = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  return v128.or(v128.bitselect(p, far, f32x4.lt(size, f32x4.splat(0.625))), v128.and(x, i32x4.splat(0x80000000)));
}

/** to = e^x (kind 0), the sigmoid (1) or the hyperbolic tangent (2) of x. */
export function smoothFloats(kind: i32, count: i32, x: usize, to: usize): void {
  for (; count > 0; count -= 4, x += 16, to += 16) {
    const bytes = <usize>count << 2;
    let from = x, target = to;
    if (count < 4) {
      memory.copy(REST, x, bytes);
      from = REST; target = REST;
    }
    v128.store(target, smooth(kind, v128.load(from)));
    if (count < 4) memory.copy(to, REST, bytes);
  }
}

/** The mean of each row, added up in double precision. */
export function rowMeans(rows: i32, columns: i32, x: usize, y: usize): void {
  for (let r = 0; r < rows; r++) {
    let low = f64x2.splat(0), high = low, k = 0;
    for (; k + 4 <= columns; k += 4, x += 16) {
      const v = v128.load(x);
      low = f64x2.add(low, f64x2.promote_low_f32x4(v));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)));
    }
    low = f64x2.add(low, high);
    let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
    for (; k < columns; k++, x += 4) sum += <f64>load<f32>(x);
    store<f32>(at(y, r), <f32>(sum / <f64>columns));
  }
}

/** Each row's softmax. NaN is no maximum, and makes the sum NaN. */
export function softmaxRows(rows: i32, columns: i32, x: usize, y: usize): void {
  const width = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += width, y += width) {
    let top = f32x4.splat(-Infinity), at = x;
    for (const last = x + (<usize>(columns & ~3) << 2); at < last; at += 16) top = f32x4.pmax(top, v128.load(at));
    let largest = max(max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)), max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)));
    for (const end = x + width; at < end; at += 4) largest = max(largest, load<f32>(at));
    store<f32>(SPLAT_Y, largest);
    subtractFloats(columns, x, 1, SPLAT_Y, 0, y);
    smoothFloats(0, columns, y, y);
    rowMeans(1, columns, y, SPLAT_Y);
    store<f32>(SPLAT_Y, load<f32>(SPLAT_Y) * <f32>columns);
    divideFloats(columns, y, 1, SPLAT_Y, 0, y);
  }
}

/** Each element of a matrix times alpha * itself + beta, which is held between two bounds. `stride`: elements between rows, of x and of y, which may be one. */
export function gateRows(rows: i32, columns: i32, stride: i32, x: usize, y: usize, alpha: f32, beta: f32, low: f32, high: f32): void {
  const alphas = f32x4.splat(alpha), betas = f32x4.splat(beta), lows = f32x4.splat(low), highs = f32x4.splat(high);
  for (let r = 0; r < rows; r++) {
    let from = at(x, r * stride), to = at(y, r * stride);
    let q = 0;
    for (; q + 4 <= columns; q += 4, from += 16, to += 16) {
      const v = v128.load(from);
      v128.store(to, f32x4.mul(v, f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(v, alphas), betas), lows), highs)));
    }
    for (; q < columns; q++, from += 4, to += 4) {
      const v = load<f32>(from);
      store<f32>(to, v * bounded(v * alpha + beta, low, high));
    }
  }
}
