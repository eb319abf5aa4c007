/** A number held between two bounds; NaN stays. */
// @ts-ignore: decorator
@inline export function bounded(v: f32, low: f32, high: f32): f32 { return v < low ? low : v > high ? high : v; }
