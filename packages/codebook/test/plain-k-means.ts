/**
 * The exact optimum of one-dimensional k-means over all values: dynamic programming by divide and conquer, on prefix sums
 * of the sorted values, O(size * n * log n). Returns the least sum of squared errors.
 */
export function plainOptimum(values: Float32Array, size: number): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  const first = new Float64Array(n + 1);
  const second = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    first[i + 1] = first[i] + sorted[i];
    second[i + 1] = second[i] + sorted[i] * sorted[i];
  }
  const cost = (from: number, to: number) =>
    to > from ? Math.max(0, second[to] - second[from] - (first[to] - first[from]) ** 2 / (to - from)) : 0;
  let previous = Float64Array.from({ length: n + 1 }, (_, i) => cost(0, i));
  for (let cells = 2; cells <= size; cells++) {
    const best = new Float64Array(n + 1);
    const fill = (from: number, to: number, low: number, high: number): void => {
      if (from > to) return;
      const middle = (from + to) >>> 1;
      let least = Number.POSITIVE_INFINITY;
      let chosen = low;
      for (let i = low; i <= Math.min(high, middle); i++) {
        const total = previous[i] + cost(i, middle);
        if (total < least) [least, chosen] = [total, i];
      }
      best[middle] = least;
      fill(from, middle - 1, low, chosen);
      fill(middle + 1, to, chosen, high);
    };
    fill(0, n, 0, n);
    previous = best;
  }
  return previous[n];
}
