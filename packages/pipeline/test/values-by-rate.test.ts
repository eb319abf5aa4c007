import { sampledValues } from "@deep-compression/codebook";
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
  const most = 1e-3 * weights.energy;
  return valuesWithinError(weights, { plan: { maxError: 1e-3 }, most, refine: undefined }).map((shared) => {
    expect(shared.distortion).toBeLessThanOrEqual(most);
    expect(shared.distortion).toBeGreaterThan(0.95 * most);
    return isGrid(shared.centroids) ? "grid" : "fitted";
  });
}

test("of few values both a grid and a fitted codebook are tried, of many what takes fewer bits by an estimate", () => {
  expect(waysOf(2 ** 18)).toEqual(["grid", "fitted"]);
  expect(waysOf(2 ** 18 + 1)).toEqual(["fitted"]);
  expect(waysOf(2 ** 22 + 1)).toEqual(["fitted"]);
});

test("a few values far out, which a sample lacks, keep no codebook from being fitted", () => {
  const length = 2 ** 20;
  const places = Float32Array.from({ length }, (_, at) => at);
  const sampled = new Set(sampledValues(places, 2 ** 19));
  const values = twoSided(length);
  for (const at of places.filter((place) => !sampled.has(place)).subarray(0, 3)) values[at] = 500;
  const weights = pruneWeights(values)!;
  const most = 1e-3 * (weights.energy - 3 * 500 ** 2);
  const [shared, ...others] = valuesWithinError(weights, { plan: { maxError: 1e-3 }, most, refine: undefined });
  expect(others).toEqual([]);
  expect(isGrid(shared!.centroids)).toBe(false);
  expect(shared!.distortion).toBeLessThanOrEqual(most);
  expect(shared!.distortion).toBeGreaterThan(0.95 * most);
});
