/**
 * The least within-cluster sum of squares of `size` clusters, exactly: dynamic programming over all values in order, each
 * level by divide and conquer (the best cut never moves back), O(size * n log n). It keeps no cuts: the distortion alone.
 */
export function exactDistortion(values: Float32Array, size: number): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n;
  const first = new Float64Array(n + 1);
  const second = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const x = sorted[i]! - mean;
    first[i + 1] = first[i]! + x;
    second[i + 1] = second[i]! + x * x;
  }
  let previous = new Float64Array(n + 1);
  for (let j = 1; j <= n; j++) previous[j] = second[j]! - (first[j]! * first[j]!) / j;
  let best = new Float64Array(n + 1);

  function fill(from: number, to: number, low: number, high: number): void {
    if (from > to) return;
    const middle = (from + to) >>> 1;
    let least = Number.POSITIVE_INFINITY;
    let chosen = low;
    for (let i = low, end = Math.min(high, middle - 1); i <= end; i++) {
      const sum = first[middle]! - first[i]!;
      const total = previous[i]! + second[middle]! - second[i]! - (sum * sum) / (middle - i);
      if (total < least) {
        least = total;
        chosen = i;
      }
    }
    best[middle] = least;
    fill(from, middle - 1, low, chosen);
    fill(middle + 1, to, chosen, high);
  }

  for (let clusters = 2; clusters <= size; clusters++) {
    if (clusters === size) fill(n, n, clusters - 1, n - 1);
    else fill(clusters, n, clusters - 1, n - 1);
    [previous, best] = [best, previous];
  }
  return previous[n]!;
}
