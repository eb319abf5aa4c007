import type { Codes } from "@deep-compression/bits";

/**
 * The sum of (w - w')^2 over all values, w' = centroids[codes[i]], each times its importance (default 1). In float64.
 * Arguments are not checked.
 */
export function squaredError(
  values: Float32Array,
  coded: { readonly codes: Codes; readonly centroids: Float32Array; readonly importance?: Float32Array | undefined },
): number {
  const { codes, centroids, importance } = coded;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const error = values[i] - centroids[codes[i]];
    sum += error * error * (importance === undefined ? 1 : importance[i]);
  }
  return sum;
}
