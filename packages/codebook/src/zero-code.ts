/** The number of centroids below zero: the place of 0 among them, and so its code. */
export function zeroIndex(centroids: Float32Array): number {
  return centroids.reduce((below, centroid) => below + (centroid < 0 ? 1 : 0), 0);
}

/** The centroids, none of which is 0, with 0 at its place among them. */
export function withZero(centroids: Float32Array): Float32Array {
  const zero = zeroIndex(centroids);
  const all = new Float32Array(centroids.length + 1);
  all.set(centroids.subarray(0, zero));
  all.set(centroids.subarray(zero), zero + 1);
  return all;
}
