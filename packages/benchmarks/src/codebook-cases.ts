import { fitCodebook } from "@deep-compression/codebook";
import { seededRandom } from "@deep-compression/runtime";
import type { Case } from "./case";
import { exactDistortion } from "./exact-kmeans";
import { compare, toOverheadRow } from "./harness";
import { survivingWeights } from "./pruned-weights";

const WEIGHTS = 3_400_000; // AlexNet's fc6 at 9 %
const SIZE = 32;

const OPTIMAL_CASE: Case = {
  name: "optimal k-means",
  async run({ effort }) {
    const count = Math.ceil(WEIGHTS * effort);
    const values = survivingWeights("gaussian", { count, density: 0.09, random: seededRandom(1) });
    let ours = Number.NaN;
    let exact = Number.NaN;
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

/** Codebooks: the optimum, how near and how fast. */
export const CODEBOOK_CASES: readonly Case[] = [OPTIMAL_CASE];
