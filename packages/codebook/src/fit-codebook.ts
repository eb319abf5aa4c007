import { allocateCodes, type Codes } from "@deep-compression/bits";
import { checkChoice, checkFloats, checkInteger, checkNumbers } from "@deep-compression/runtime";
import { candidateCuts } from "./candidate-cuts";
import { distortionCosts } from "./cell-costs";
import { checkImportance, MAX_SIZE } from "./check-arguments";
import { type Distribution, distribution } from "./distribution";
import { fitEntropyConstrained } from "./entropy-constrained";
import { cutCells, densityCentroids, linearCentroids, randomCentroids } from "./initial-centroids";
import { cellMeans, type LloydResult, lloyd, totalDistortion } from "./lloyd";
import { MAX_EXACT_POINTS, MAX_OPTIMAL_SIZE, optimalCells } from "./optimal-cells";
import { optimalCellsNearby } from "./optimal-cells-nearby";
import { quantize } from "./quantize";
import { refineCells } from "./refine-cells";
import { centroidsBySample } from "./sampled-fit";
import { MOST_SORTED } from "./sampled-values";
import { squaredError } from "./squared-error";
import { assignUsed } from "./used-codes";

export interface FitOptions {
  /** The most centroids, 1 to 65,536 (to 1,024 for the method "optimal"). */
  readonly size: number;
  /** Default "lloyd". */
  readonly method?: "lloyd" | "optimal" | "entropy-constrained";
  /** The squared error that one bit is worth, for the method "entropy-constrained": finite, at least 0. */
  readonly lambda?: number;
  /** Where Lloyd starts; default "linear". */
  readonly init?: "linear" | "density" | "random";
  /** The weight of each value's squared error: finite, at least 0, not all 0. Default 1 each. */
  readonly importance?: Float32Array;
  /** Numbers in [0, 1), for the init "random". */
  readonly random?: () => number;
  /** Default 1,000; 0 keeps the initial cells. */
  readonly maxIterations?: number;
}

export interface CodebookFit {
  /** Ascending, distinct, each with a value; at most `size`. */
  readonly centroids: Float32Array;
  /** The index of the nearest centroid of each value, ties to the lower; entropy-constrained, of that which costs least. */
  readonly codes: Codes;
  /** The sum of squared errors of these codes and centroids, each times its importance. */
  readonly distortion: number;
  readonly iterations: number;
  /** Whether no other cells are better (up to rounding): at most `size` distinct values, or the exact method. */
  readonly optimal: boolean;
}

/**
 * Fits a codebook by one-dimensional k-means (Deep Compression, section 3.1): at most `size` centroids that make the
 * within-cluster sum of squares small. If no more than `size` values of importance above 0 are distinct,
 * they are the centroids.
 *
 * "lloyd" runs Lloyd's algorithm from one of the paper's three initialisations. Empty cells are refilled by splitting
 * those of the largest distortion at their means. "optimal" finds the exact optimum by dynamic programming for up to
 * 32,768 distinct values; for more, the best cells over 4,096 mixed bins, refined on all values (`optimal` is then false).
 * Of more than 8,388,608 values without importances a sample of so many is fitted, and the centroids moved to the means of
 * all values that are nearest to them.
 * "entropy-constrained" makes the distortion plus `lambda` times the entropy of the codes small, and chooses the size
 * ({@link fitEntropyConstrained} has more options).
 *
 * @throws RangeError if a value is not finite, which it names, an option out of its range, or a method or init unknown
 * @throws TypeError if there is no `random` for "random", or no `lambda` for "entropy-constrained"
 */
export function fitCodebook(values: Float32Array, options: FitOptions): CodebookFit {
  checkOptions(values, options);
  const { size, importance, method = "lloyd" } = options;
  if (values.length === 0) {
    const nothing = { centroids: new Float32Array(0), codes: allocateCodes(0, 0) };
    return { ...nothing, distortion: 0, iterations: 0, optimal: true };
  }
  if (method === "entropy-constrained") return fitByRate(values, options);
  if (values.length > MOST_SORTED && importance === undefined) return fitBySample(values, options);
  const data = distributionOfImportant(values, importance);
  const cells = data.points.length <= size ? undefined : fitCells(values, data, options);
  const means = cells === undefined ? data.points : cellMeans(data, cells.cuts);
  const shared = assignUsed(
    values,
    Float32Array.from(means, (mean) => Math.fround(mean) + 0), // + 0 makes -0 a 0
  );
  const distortion = squaredError(values, { ...shared, importance });
  const optimal = cells === undefined || (method === "optimal" && data.points.length <= MAX_EXACT_POINTS);
  return { ...shared, distortion, iterations: cells?.iterations ?? 0, optimal };
}

function fitBySample(values: Float32Array, options: FitOptions): CodebookFit {
  const { size } = options;
  let iterations = 0;
  const fit = (sample: Float32Array) => {
    const fitted = fitCodebook(sample, options);
    iterations = fitted.iterations + 1;
    return fitted.centroids;
  };
  const shared = assignUsed(values, centroidsBySample(values, { size, zeros: "any", fit }));
  return { ...shared, distortion: squaredError(values, shared), iterations, optimal: iterations === 0 };
}

function fitByRate(values: Float32Array, { size, lambda, importance }: FitOptions): CodebookFit {
  if (lambda === undefined) throw new TypeError('lambda: expected a number for "entropy-constrained", got undefined');
  const { centroids, thresholds } = fitEntropyConstrained(distribution(values, importance), { lambda, maxSize: size });
  const codes = quantize(values, thresholds);
  const distortion = squaredError(values, { centroids, codes, importance });
  return { centroids, codes, distortion, iterations: 0, optimal: false };
}

/** A value of importance 0 has no place in k-means. */
function distributionOfImportant(values: Float32Array, importance: Float32Array | undefined): Distribution {
  if (importance === undefined) return distribution(values);
  const important = (_: number, i: number) => importance[i]! > 0;
  return distribution(values.filter(important), importance.filter(important));
}

/** Bins at whose edges the cells may be cut, where the values are too many for the exact method. */
const MIN_BINS = 4096;
const BINS_PER_CELL = 32;

function fitCells(values: Float32Array, data: Distribution, options: FitOptions): LloydResult {
  const { size, method = "lloyd", maxIterations = 1000 } = options;
  if (method === "lloyd") {
    return lloyd(data, cutCells(data.points, initialCentroids(values, data, options)), maxIterations);
  }
  const exact = data.points.length <= MAX_EXACT_POINTS;
  const candidates = candidateCuts(data, exact ? MAX_EXACT_POINTS : Math.max(MIN_BINS, BINS_PER_CELL * size));
  const cuts = optimalCells(data, candidates, size);
  return exact ? { cuts, iterations: 0 } : searchAround(data, cuts);
}

/** Searches around the cuts, and again around what was found, until that gains less than 1e-10 of the distortion. */
function searchAround(data: Distribution, start: Uint32Array): LloydResult {
  let cuts = start;
  let distortion = totalDistortion(data, cuts);
  for (let iterations = 1; ; iterations++) {
    const nearby = optimalCellsNearby(data, cuts);
    // Its places are some points apart; now point by point.
    const radii = nearby.map((cut, c) => (cut - (nearby[c - 1] ?? cut)) >>> 4);
    const next = refineCells(data, nearby, { costs: distortionCosts, radii });
    const before = distortion;
    distortion = totalDistortion(data, next);
    if (distortion < before) cuts = next;
    if (!(distortion < before * (1 - 1e-10))) return { cuts, iterations };
  }
}

function initialCentroids(values: Float32Array, data: Distribution, options: FitOptions): Float64Array {
  const { size, init = "linear", random } = options;
  if (init === "linear") return linearCentroids(data, size);
  if (init === "density") return densityCentroids(data, size);
  if (random === undefined) throw new TypeError('random: expected a function for the init "random", got undefined');
  return randomCentroids(values, size, random);
}

function checkOptions(values: Float32Array, options: FitOptions): void {
  const { size, method = "lloyd", init = "linear", importance, maxIterations = 1000 } = options;
  checkNumbers("values", checkFloats("values", values));
  checkChoice("method", method, ["lloyd", "optimal", "entropy-constrained"]);
  checkInteger("size", size, { minimum: 1, maximum: method === "optimal" ? MAX_OPTIMAL_SIZE : MAX_SIZE });
  checkChoice("init", init, ["linear", "density", "random"]);
  checkInteger("maxIterations", maxIterations);
  checkImportance(importance, values.length);
  if (values.length > 0 && importance?.every((weight) => weight === 0)) {
    throw new RangeError("importance: expected a value above 0, got only zeros");
  }
}
