import { fitCodebook } from "@deep-compression/codebook";
import { seededRandom } from "@deep-compression/runtime";
import { type Case, compare, toOverheadRow } from "./harness";
import { survivingWeights } from "./pruned-weights";

const WEIGHTS = 3_400_000; // AlexNet's fc6 at 9 %
const SIZE = 32;

/** Codebooks: the optimum, how near and how fast. */
export const CODEBOOK_CASE: Case = {
  name: "optimal k-means",
  async run({ effort }) {
    const count = Math.ceil(WEIGHTS * effort);
    const values = survivingWeights("gaussian", { count, density: 0.09, random: seededRandom(1) });
    let [ours, exact] = [Number.NaN, Number.NaN];
    const name = "optimal k-means, 3.4M weights, k = 32";
    const peer = "exact dynamic programming over all weights";
    // The peer takes half a minute: each side runs once.
    const time = await compare(
      { name: `${name}: time, sort included`, unit: "s", peer, bar: 10, goal: 20 },
      {
        ours: () => {
          ours = fitCodebook(values, { size: SIZE, method: "optimal" }).distortion;
        },
        theirs: () => {
          exact = exactDistortion(values, SIZE);
        },
      },
      { rounds: 1, warmUps: 0 },
    );
    const distortion = { counted: "distortion", ours, peer, theirs: exact, bar: 1e-6, goal: 1e-8 };
    return [toOverheadRow({ name: `${name}: distortion`, ...distortion }), time];
  },
};

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
