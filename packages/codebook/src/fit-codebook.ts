import { type Codes, checkInteger } from "@deep-compression/bits";
import { assign } from "./assign";
import { cellMarks } from "./cell-marks";
import { checkFinite, checkImportance } from "./check";
import { allocateCodes, maxSize } from "./codes";
import { type Distribution, distribution } from "./distribution";
import { cutCells, densityCentroids, linearCentroids, randomCentroids } from "./initial-centroids";
import { cellMeans, type LloydResult, lloyd } from "./lloyd";
import { maxExactPoints, maxOptimalSize, optimalCells } from "./optimal-cells";

export interface FitOptions {
  /** The most centroids, 1 to 65,536 (to 1,024 for the method "optimal"). */
  readonly size: number;
  /** Default "lloyd". */
  readonly method?: "lloyd" | "optimal";
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
  /** Ascending, distinct, each the nearest of some value; at most `size`. */
  readonly centroids: Float32Array;
  /** The index of the nearest centroid of each value, ties to the lower. */
  readonly codes: Codes;
  /** The sum of squared errors of these codes and centroids, each times its importance. */
  readonly distortion: number;
  readonly iterations: number;
  /** True if no other cells are better (up to rounding): at most `size` distinct values, or the exact method. */
  readonly optimal: boolean;
}

/**
 * Fits a codebook by one-dimensional k-means (Deep Compression, section 3.1): at most `size` centroids that make the
 * within-cluster sum of squares small. If no more than `size` values are distinct, they are the centroids.
 *
 * "lloyd" runs Lloyd's algorithm from one of the paper's three initialisations. Empty cells are refilled by splitting
 * those of the largest distortion at their means. "optimal" finds the exact optimum by dynamic programming for up to
 * 32,768 distinct values; for more, the best cells over 16,384 mixed bins, refined by Lloyd (`optimal` is then false).
 *
 * RangeError for a value that is not finite, which it names, or an option out of its range; TypeError for an unknown
 * method or init, or "random" without `random`.
 */
export function fitCodebook(values: Float32Array, options: FitOptions): CodebookFit {
  checkOptions(values, options);
  const { size, importance } = options;
  if (values.length === 0) {
    const nothing = { centroids: new Float32Array(0), codes: allocateCodes(0, 0) };
    return { ...nothing, distortion: 0, iterations: 0, optimal: true };
  }
  const data = distributionOfImportant(values, importance);
  if (data.points.length === 0) throw new RangeError("importance: expected a value above 0, got only zeros");
  if (data.points.length <= size)
    return finish(values, { centroids: data.points, iterations: 0, optimal: true }, importance);
  const { cuts, iterations } = fitCells(values, data, options);
  const optimal = options.method === "optimal" && data.points.length <= maxExactPoints;
  const centroids = Float32Array.from(cellMeans(data, cuts));
  return finish(values, { centroids, iterations, optimal }, importance);
}

/** A value of importance 0 has no place in k-means. */
function distributionOfImportant(values: Float32Array, importance: Float32Array | undefined): Distribution {
  if (importance === undefined) return distribution(values);
  const important = (_: number, i: number) => importance[i] > 0;
  return distribution(values.filter(important), importance.filter(important));
}

function fitCells(values: Float32Array, data: Distribution, options: FitOptions): LloydResult {
  const { size, method = "lloyd", maxIterations = 1000 } = options;
  if (method === "lloyd") {
    return lloyd(data, cutCells(data.points, initialCentroids(values, data, options)), maxIterations);
  }
  const cuts = optimalCells(data, cellMarks(data, data.points.length <= maxExactPoints ? maxExactPoints : 16384), size);
  return data.points.length <= maxExactPoints ? { cuts, iterations: 0 } : lloyd(data, cuts, maxIterations);
}

function initialCentroids(values: Float32Array, data: Distribution, options: FitOptions): Float64Array {
  const { size, init = "linear", random } = options;
  if (init === "linear") return linearCentroids(data, size);
  if (init === "density") return densityCentroids(data, size);
  if (random === undefined) throw new TypeError('random: expected a function for the init "random", got undefined');
  return randomCentroids(values, size, random);
}

/** Assigns the values and leaves out centroids that no value is nearest to. */
function finish(
  values: Float32Array,
  fit: Pick<CodebookFit, "centroids" | "iterations" | "optimal">,
  importance: Float32Array | undefined,
): CodebookFit {
  const used = new Uint8Array(fit.centroids.length);
  let codes = assign(values, fit.centroids);
  for (let i = 0; i < codes.length; i++) used[codes[i]] = 1;
  const centroids = fit.centroids.filter((_, k) => used[k] === 1);
  if (centroids.length < fit.centroids.length) codes = assign(values, centroids);
  let distortion = 0;
  for (let i = 0; i < values.length; i++) {
    const error = values[i] - centroids[codes[i]];
    distortion += error * error * (importance === undefined ? 1 : importance[i]);
  }
  return { ...fit, centroids, codes, distortion };
}

function checkOptions(values: Float32Array, options: FitOptions): void {
  const { size, method = "lloyd", init = "linear", importance, maxIterations = 1000 } = options;
  checkFinite("values", values);
  if (method !== "lloyd" && method !== "optimal") {
    throw new TypeError(`method: expected "lloyd" or "optimal", got ${String(method)}`);
  }
  checkInteger("size", size, { minimum: 1, maximum: method === "optimal" ? maxOptimalSize : maxSize });
  if (init !== "linear" && init !== "density" && init !== "random") {
    throw new TypeError(`init: expected "linear", "density" or "random", got ${String(init)}`);
  }
  checkInteger("maxIterations", maxIterations);
  checkImportance(importance, values.length);
}
