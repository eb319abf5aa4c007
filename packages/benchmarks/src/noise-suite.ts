import { type Case, compare } from "./harness";

const LENGTH = 1 << 20;

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** The same function against itself. A ratio far from 1 says that the machine is too busy for the other rows to be believed. */
export const NOISE_CASES: readonly Case[] = [
  {
    name: "noise",
    async run({ rounds, effort }) {
      const values = new Float64Array(LENGTH).fill(1);
      if (sum(values) !== LENGTH) throw new Error("the sum of ones is not their number");
      const repeats = Math.max(1, Math.round(50 * effort));
      const work = () => {
        for (let i = 0; i < repeats; i++) sum(values);
      };
      const figure = { name: "sum of 2^20 numbers, against itself", unit: "ms", peer: "the same function" };
      return [await compare({ ...figure, scale: 1000 / repeats }, { ours: work, theirs: work }, { rounds })];
    },
  },
];
