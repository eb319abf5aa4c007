import { checkFloats } from "@deep-compression/runtime";

/** The place of 0 among centroids, which is the number of those below zero: the code of a filler. @throws TypeError */
export function zeroIndex(centroids: Float32Array): number {
  checkFloats("centroids", centroids);
  return centroids.reduce((below, centroid) => below + (centroid < 0 ? 1 : 0), 0);
}

/** A copy of the centroids with 0 at its place; a zero of either sign that is there becomes it. @throws TypeError */
export function withZero(centroids: Float32Array): Float32Array {
  const zero = zeroIndex(centroids);
  const above = centroids.subarray(centroids[zero] === 0 ? zero + 1 : zero);
  const all = new Float32Array(zero + 1 + above.length);
  all.set(centroids.subarray(0, zero));
  all.set(above, zero + 1);
  return all;
}
