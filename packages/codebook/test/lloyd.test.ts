import { fitCodebook } from "@deep-compression/codebook";
import { expect, test } from "vitest";
import { distribution } from "../src/distribution";
import { densityCentroids, linearCentroids, randomCentroids } from "../src/initial-centroids";
import { refillEmptyCells } from "../src/lloyd";

const hundred = Float32Array.from({ length: 100 }, (_, i) => i + 1);

test("linear starts are equal steps from the least to the largest value", () => {
  expect(Array.from(linearCentroids(distribution(Float32Array.of(9, 1, 2)), 5))).toEqual([1, 3, 5, 7, 9]);
  expect(Array.from(linearCentroids(distribution(Float32Array.of(9, 1, 2)), 1))).toEqual([5]);
});

test("density starts are the middles of equal fractions, a value counted as often as it weighs", () => {
  expect(Array.from(densityCentroids(distribution(hundred), 4))).toEqual([13, 38, 63, 88]);
  const importance = hundred.map((value) => (value === 100 ? 300 : 1));
  expect(Array.from(densityCentroids(distribution(hundred, importance), 4))).toEqual([50, 100, 100, 100]);
});

test("random starts are observations, none drawn twice", () => {
  expect(Array.from(randomCentroids(hundred, 4, () => 0))).toEqual([1, 98, 99, 100]);
  expect(Array.from(randomCentroids(hundred, 100, () => 0.5))).toEqual(Array.from(hundred));
  expect(() => randomCentroids(hundred, 4, () => 1)).toThrow(RangeError);
});

test("an empty cell is refilled by splitting the cell of the largest distortion at its mean", () => {
  const data = distribution(Float32Array.of(0, 1, 10, 20, 28, 30, 31));
  // Cells {0, 1}, {10, 20, 28}, nothing, {30, 31}: the second has the largest distortion, its mean is 19.33.
  expect(refillEmptyCells(data, Uint32Array.of(0, 2, 5, 5, 7))).toEqual(Uint32Array.of(0, 2, 3, 5, 7));
  // Two empty cells: the two largest are split. {0, 1} and {30, 31} tie, so the lower of them.
  expect(refillEmptyCells(data, Uint32Array.of(0, 2, 5, 5, 5, 7))).toEqual(Uint32Array.of(0, 1, 2, 3, 5, 7));
});

test("cells are split again and again until none is empty", () => {
  const data = distribution(hundred);
  const cuts = refillEmptyCells(data, new Uint32Array(41).fill(100, 1));
  expect(cuts.length).toBe(41);
  expect(cuts.every((cut, i) => i === 0 || cut > cuts[i - 1])).toBe(true);
});

test("a centroid that ends without a value is left out", () => {
  // Linear cells of 0, 10, 20 have the means 4.90, 10 and 15.19; 5.1 and 14.9 are then nearer to the outer two.
  const list = Float32Array.from([0, ...new Array(50).fill(5), 5.1, 14.9, ...new Array(50).fill(15.1), 20]);
  const fit = fitCodebook(list, { size: 3, maxIterations: 0 });
  expect(fit.centroids.length).toBe(2);
  expect(Array.from(fit.codes)).toEqual(Array.from(list, (value) => (value < 10 ? 0 : 1)));
});
