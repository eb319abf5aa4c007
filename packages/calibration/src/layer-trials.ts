import { allocateCodes, type Codes } from "@deep-compression/bits";
import { type Distribution, distributionOf, fitEntropyConstrained, withZero } from "@deep-compression/codebook";
import type { CodePrices } from "./cheapest-code";
import { type DampedHessian, timesHessian } from "./damped-hessian";
import type { LayerCoding, LayerRows } from "./layer-codings";
import { errorOfCentroids, solvedCentroids } from "./least-squares-centroids";
import { normalEquations } from "./normal-equations";

/** Rows of a layer, and all that is the same however they are coded. */
export interface TrialLayer extends LayerRows, DampedHessian {
  readonly lambda: number;
  readonly bitsOf: (counts: Uint32Array) => Float64Array;
  /** Rows of the whole layer for each one that is here. */
  readonly stands: number;
  /** W H. */
  readonly products: Float64Array;
  /** The squared error of the outputs if all weights are zero. */
  readonly energy: number;
}

/** Codes that were tried, their centroids, ascending, and what that costs. */
export interface LayerTrial {
  readonly codes: Codes;
  readonly centroids: Float32Array;
  readonly error: number;
  readonly bits: number;
}

/** A float16 and its part of a table of code lengths. */
const BITS_PER_CENTROID = 19;

export function trialLayer(layer: Omit<TrialLayer, "products" | "energy">): TrialLayer {
  const { weights, columns, curvature } = layer;
  const products = timesHessian(weights, layer, layer);
  let energy = 0;
  for (let i = 0; i < weights.length; i++) {
    energy += (curvature?.[Math.floor(i / columns)] ?? 1) * weights[i]! * products[i]!;
  }
  return { ...layer, products, energy };
}

/** What is to be made least. */
export function costOf({ error, bits }: Pick<LayerTrial, "error" | "bits">, lambda: number): number {
  return error + lambda * bits;
}

/** All weights zero: what no pass need find. */
export function prunedTrial(layer: TrialLayer): LayerTrial {
  const none = { codes: allocateCodes(1, layer.weights.length), centroids: new Float32Array(1) };
  return { ...none, error: layer.energy, bits: bitsOfCodes(layer, none) };
}

/** The weights over their scales, each as important as a coding takes it to be. */
export function importanceDistribution(layer: LayerRows, { importance }: LayerCoding): Distribution {
  const { weights, rows, columns } = layer;
  const values = new Float32Array(weights.length);
  const worths = new Float32Array(weights.length);
  for (let row = 0, at = 0; row < rows; row++) {
    const scale = layer.scales?.[row] ?? 1;
    const worth = (layer.curvature?.[row] ?? 1) * scale * scale;
    for (let j = 0; j < columns; j++, at++) {
      values[at] = weights[at]! / scale;
      worths[at] = worth * importance[j]!;
    }
  }
  return distributionOf(values, { importance: worths });
}

/** A codebook of the weights, each by itself, and the prices of its codes. */
export function firstPrices(layer: TrialLayer, distribution: Distribution, lambda: number): CodePrices {
  const fit = fitEntropyConstrained(distribution, {
    lambda,
    zero: "symbol",
    bitsPerCentroid: BITS_PER_CENTROID / layer.stands,
  });
  const centroids = withZero(fit.centroids);
  const counts = new Uint32Array(centroids.length);
  for (const [k, centroid] of centroids.entries()) counts[k] = fit.counts[fit.centroids.indexOf(centroid)] ?? 0;
  return { centroids, bits: layer.bitsOf(wholeCounts(layer, counts)), lambda };
}

/** Codes by their prices, with the centroids that are best for them. */
export function trial(layer: TrialLayer, coding: LayerCoding, prices: CodePrices): LayerTrial {
  const { codes } = coding.code(layer, prices);
  const equations = normalEquations(codes, { ...layer, centroids: prices.centroids });
  const found = solvedCentroids(equations, prices.centroids);
  const error = Math.max(0, layer.energy + errorOfCentroids(equations, found));
  const ascending = ascendingCodes(codes, found);
  return { ...ascending, error, bits: bitsOfCodes(layer, ascending) };
}

/** The prices of codes that are as frequent as they were in a trial. */
export function pricesAfter(layer: TrialLayer, { codes, centroids }: LayerTrial, lambda: number): CodePrices {
  return { centroids, bits: layer.bitsOf(wholeCounts(layer, countsOf(codes, centroids.length))), lambda };
}

interface Coded {
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

/** Codes of equal meaning with the centroids in their order, equal ones put together and those of no code left out, but for 0. */
export function ascendingCodes(codes: Codes, centroids: Float32Array): Coded {
  const counts = countsOf(codes, centroids.length);
  const kept = [...new Set(centroids.filter((centroid, k) => counts[k]! > 0 || centroid === 0))];
  const sorted = Float32Array.from(kept).sort();
  const places = Uint16Array.from(centroids, (centroid) => Math.max(0, sorted.indexOf(centroid)));
  const renumbered = allocateCodes(sorted.length, codes.length);
  for (let i = 0; i < codes.length; i++) renumbered[i] = places[codes[i]!]!;
  return { codes: renumbered, centroids: sorted };
}

/** The bits of codes and centroids, those of the rows that are here. */
export function bitsOfCodes(layer: Pick<TrialLayer, "bitsOf" | "stands">, { codes, centroids }: Coded): number {
  const counts = countsOf(codes, centroids.length);
  const perCode = layer.bitsOf(wholeCounts(layer, counts));
  const ofCodes = counts.reduce((sum, count, k) => (count === 0 ? sum : sum + count * perCode[k]!), 0);
  return ofCodes + (BITS_PER_CENTROID * centroids.length) / layer.stands;
}

/** Counts of the whole layer, as far as its rows are alike. */
function wholeCounts({ stands }: Pick<TrialLayer, "stands">, counts: Uint32Array): Uint32Array {
  return stands === 1 ? counts : counts.map((count) => Math.round(count * stands));
}

function countsOf(codes: Codes, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
  return counts;
}
