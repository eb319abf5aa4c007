// Which outputs of a row of windows read inputs that lie in the plane, for one tap.

/** The first of `count` outputs at whose `shift` the input lies in the plane. */
// @ts-ignore: decorator
@inline export function firstInside(shift: i32, stride: i32, count: i32): i32 {
  return shift > 0 ? min((shift + stride - 1) / stride, count) : 0;
}

/** The end of the outputs whose input lies before `size`. */
// @ts-ignore: decorator
@inline export function endInside(shift: i32, stride: i32, size: i32, first: i32, count: i32): i32 {
  const last = size - 1 + shift;
  return max(first, last < 0 ? 0 : min(last / stride + 1, count));
}

