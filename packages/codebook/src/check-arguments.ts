import { checkFloats, checkInteger, checkLength, checkNumbers } from "@deep-compression/runtime";

/** The most centroids of a codebook: a code is at most 16 bits. */
export const MAX_SIZE = 65536;

/** Checks importances, if there are some: one for each value, finite, at least 0. @throws TypeError, RangeError */
export function checkImportance(importance: Float32Array | undefined, length: number): void {
  if (importance === undefined) return;
  checkNumbers("importance", checkFloats("importance", importance), { minimum: 0 });
  checkLength("importance", importance.length, length);
}

/** Checks centroids: finite and strictly ascending, at most 65,536. @throws TypeError, RangeError */
export function checkCentroids(centroids: Float32Array): void {
  checkNumbers("centroids", checkFloats("centroids", centroids));
  checkInteger("centroids.length", centroids.length, { maximum: MAX_SIZE });
  let before = Number.NEGATIVE_INFINITY;
  for (const [i, centroid] of centroids.entries()) {
    if (!(centroid > before)) throw new RangeError(`centroids[${i}]: expected above ${before}, got ${centroid}`);
    before = centroid;
  }
}

/** What to throw for a code that is no centroid's. */
export function codeError(codes: ArrayLike<number>, i: number, size: number): RangeError {
  return new RangeError(`codes[${i}]: expected under ${size}, got ${codes[i]}`);
}
