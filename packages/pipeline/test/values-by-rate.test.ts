import { seededRandom } from "@deep-compression/runtime";
import { pruneWeights } from "@deep-compression/sparse";
import { isGrid } from "@deep-compression/tensor-codec";
import { expect, test } from "vitest";
import { valuesWithinError } from "../src/values-by-rate";

/** Values of two sides, as pruning leaves them: far fewer bits tell them in a fitted codebook than on a grid. */
function twoSided(length: number): Float32Array {
  const random = seededRandom(3);
  return Float32Array.from({ length }, () => (random() < 0.5 ? -1 : 1) * (1 - Math.log(1 - random())));
}

function waysOf(length: number) {
  const weights = pruneWeights(twoSided(length))!;
  const options = { plan: { maxError: 1e-3 }, most: 1e-3 * weights.energy, refine: undefined };
  return valuesWithinError(weights, options).map(({ centroids }) => (isGrid(centroids) ? "grid" : "fitted"));
}

test("of few values both a grid and a fitted codebook are tried, of many what takes fewer bits by an estimate", () => {
  expect(waysOf(2 ** 16)).toEqual(["grid", "fitted"]);
  expect(waysOf(2 ** 16 + 1)).toEqual(["fitted"]);
  expect(waysOf(2 ** 22 + 1)).toEqual(["fitted"]);
});
