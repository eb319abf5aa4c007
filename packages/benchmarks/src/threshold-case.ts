import { seededRandom } from "@deep-compression/runtime";
import { keptCount, magnitudeThreshold } from "@deep-compression/sparse";
import { type Case, compare } from "./harness";
import { normalDraw } from "./pruned-weights";

const WEIGHTS = 4096 * 9216; // AlexNet's fc6
const SPARSITY = 0.91;

/** A loop: `map` with a function takes several times as long. */
function magnitudes(weights: Float32Array): Float32Array {
  const copy = new Float32Array(weights.length);
  for (let i = 0; i < weights.length; i++) copy[i] = Math.abs(weights[i]!);
  return copy;
}

/** Pruning: the exact threshold. */
export const THRESHOLD_CASE: Case = {
  name: "threshold",
  async run({ rounds, effort }) {
    const random = seededRandom(1);
    const weights = new Float32Array(Math.ceil(WEIGHTS * effort)).map(() => normalDraw(random, 0.01));
    const rank = weights.length - keptCount(weights.length, { sparsity: SPARSITY });
    const ours = () => magnitudeThreshold(weights, { sparsity: SPARSITY });
    const theirs = () => quickselect(magnitudes(weights), rank);
    if (ours() !== theirs()) throw new Error(`thresholds differ: ${ours()}, quickselect ${theirs()}`);
    const figure = { name: "threshold of 37.7M weights", unit: "ms", peer: "quickselect on a copy of the magnitudes" };
    return [await compare({ ...figure, bar: 8, goal: 12, scale: 1000 }, { ours, theirs }, { rounds })];
  },
};

/** The `rank`-th smallest of the values, which it reorders (Hoare's selection with the median of three as pivot). */
export function quickselect(values: Float32Array, rank: number): number {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = medianOfThree(values[left]!, values[(left + right) >>> 1]!, values[right]!);
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break;
  }
  return values[rank]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
