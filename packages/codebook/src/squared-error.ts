import type { SharedValues } from "./exact-codebook";

/**
 * The sum over all values of (value - centroids[code])^2, each times its importance (default 1), in float64. Arguments are
 * not checked.
 */
export function squaredError(
  values: Float32Array | Float64Array,
  shared: SharedValues & { readonly importance?: Float32Array | undefined },
): number {
  const { codes, centroids, importance } = shared;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const error = values[i]! - centroids[codes[i]!]!;
    sum += error * error * (importance === undefined ? 1 : importance[i]!);
  }
  return sum;
}
