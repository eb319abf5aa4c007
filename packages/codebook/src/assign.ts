import type { Codes } from "@deep-compression/bits";
import { checkCentroids } from "./check-arguments";
import { quantize } from "./quantize";

/**
 * The index of the nearest centroid of each value, exactly; ties go to the lower centroid, infinities to the ends. A
 * Uint8Array for up to 256 centroids, a Uint16Array above.
 *
 * @throws RangeError if a value is NaN, which it names, centroids are not finite and strictly ascending or more than 65,536,
 * or there are values and no centroids
 */
export function assign(values: Float32Array, centroids: Float32Array): Codes {
  checkCentroids(centroids);
  if (centroids.length === 0 && values.length > 0) throw new RangeError("centroids: expected at least 1, got 0");
  return quantize(values, Float64Array.from(cellBounds(centroids)));
}

/** For each centroid but the last, the largest float32 that is at least as near to it as to the next. */
export function cellBounds(centroids: Float32Array): Float32Array {
  return centroids.slice(1).map((upper, i) => lastNearerToLower(centroids[i]!, upper));
}

/** The largest float32 x with 2x <= a + b, for a < b. The sum is taken with its rounding error (Knuth's TwoSum). */
function lastNearerToLower(a: number, b: number): number {
  const sum = a + b;
  const rounded = sum - a; // what of b the sum has
  const error = a - (sum - rounded) + (b - rounded);
  const middle = Math.fround(sum / 2);
  const above = 2 * middle > sum || (2 * middle === sum && error < 0);
  return above ? previousFloat32(middle) : middle;
}

function previousFloat32(value: number): number {
  if (value === 0) return -(2 ** -149);
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = value;
  bits[0]! += value > 0 ? -1 : 1;
  return float[0]!;
}
