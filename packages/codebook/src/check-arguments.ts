import { checkFloats, checkInteger, checkLength, checkNumbers } from "@deep-compression/runtime";
import { MAX_SIZE } from "./dequantize";

/** If there are importances: one for each value, finite, at least 0. */
export function checkImportance(importance: Float32Array | undefined, length: number): void {
  if (importance === undefined) return;
  checkNumbers("importance", checkFloats("importance", importance), { minimum: 0 });
  checkLength("importance", importance.length, length);
}

/** Finite and strictly ascending, at most 65,536. */
export function checkCentroids(centroids: Float32Array): void {
  checkNumbers("centroids", checkFloats("centroids", centroids));
  checkInteger("centroids.length", centroids.length, { maximum: MAX_SIZE });
  for (let i = 1; i < centroids.length; i++) {
    if (!(centroids[i] > centroids[i - 1])) {
      throw new RangeError(`centroids[${i}]: expected above ${centroids[i - 1]}, got ${centroids[i]}`);
    }
  }
}
