/** Lloyd's algorithm as in any textbook: no sorting, no sums kept. From a linear start; cells must stay filled. */
export function plainLloyd(values: Float32Array, size: number): number[] {
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  let centroids = Array.from({ length: size }, (_, k) => low + ((high - low) * k) / (size - 1));
  for (;;) {
    const sums = new Float64Array(size);
    const counts = new Float64Array(size);
    for (const value of values) {
      const k = centroids.reduce(
        (best, c, i) => (Math.abs(value - c) < Math.abs(value - centroids[best]) ? i : best),
        0,
      );
      sums[k] += value;
      counts[k]++;
    }
    const next = centroids.map((_, k) => sums[k] / counts[k]);
    if (next.every((centroid, k) => Math.abs(centroid - centroids[k]) < 1e-15)) return next;
    centroids = next;
  }
}
