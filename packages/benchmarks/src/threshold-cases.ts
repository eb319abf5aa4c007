import { seededRandom } from "@deep-compression/runtime";
import { keptCount, magnitudeThreshold } from "@deep-compression/sparse";
import type { Case } from "./case";
import { compare } from "./harness";
import { quickselect } from "./quickselect";

const WEIGHTS = 4096 * 9216; // AlexNet's fc6
const SPARSITY = 0.91;

function normalWeights(count: number): Float32Array {
  const random = seededRandom(1);
  return new Float32Array(count).map(
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) * 0.01,
  );
}

/** A loop: `map` with a function takes several times as long. */
function magnitudes(weights: Float32Array): Float32Array {
  const copy = new Float32Array(weights.length);
  for (let i = 0; i < weights.length; i++) copy[i] = Math.abs(weights[i]!);
  return copy;
}

const THRESHOLD_CASE: Case = {
  name: "threshold",
  async run({ rounds, effort }) {
    const weights = normalWeights(Math.ceil(WEIGHTS * effort));
    const rank = weights.length - keptCount(weights.length, { sparsity: SPARSITY });
    const ours = () => magnitudeThreshold(weights, { sparsity: SPARSITY });
    const theirs = () => quickselect(magnitudes(weights), rank);
    if (ours() !== theirs()) throw new Error(`thresholds differ: ${ours()}, quickselect ${theirs()}`);
    const figure = { name: "threshold of 37.7M weights", unit: "ms", peer: "quickselect on a copy of the magnitudes" };
    return [await compare({ ...figure, bar: 8, goal: 12, scale: 1000 }, { ours, theirs }, { rounds })];
  },
};

/** Pruning: the exact threshold. */
export const THRESHOLD_CASES: readonly Case[] = [THRESHOLD_CASE];
