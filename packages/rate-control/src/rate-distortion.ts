import { FLOAT16_MAX } from "@deep-compression/bits";
import {
  type Distribution,
  distributionOf,
  type EntropyConstrainedFit,
  fitEntropyConstrained,
  MOST_SORTED,
  nonZeroValues,
  type QuantizedValues,
  quantize,
  sampledValues,
  squaredError,
} from "@deep-compression/codebook";
import { symbolBits } from "@deep-compression/huffman";
import { bernoulliBits, type PrunedWeights } from "@deep-compression/sparse";

/** What is said of shared values that are chosen by rate and distortion. */
export interface RateOptions {
  /** Most shared values, zero included; default: as many as pay. */
  readonly size?: number;
  readonly centroids: "auto" | Precision;
  /** "auto": weights near zero become zero where that pays. */
  readonly zeros: "auto" | "keep";
}

/** How centroids are stored. */
export type Precision = "float16" | "float32";

/** The weights of a tensor, sorted once, to be fitted at any lambda. */
export interface RateSource {
  readonly data: Distribution;
  /** Weights for each one that was sampled. */
  readonly scale: number;
  readonly options: RateOptions;
  /** Sum of squares of what pruning took. */
  readonly pruned: number;
  /** About what positions take where no fit counts them: their entropy. */
  readonly positionBits: number;
}

/** A codebook for a tensor: what it costs and what it loses, pruning included. */
export interface RatePoint {
  /** At which it was fitted; that which was asked for, unless that was too small. */
  readonly lambda: number;
  readonly fit: EntropyConstrainedFit;
  readonly distortion: number;
  /** Of codes, centroids and, unless zeros are kept, positions. */
  readonly bits: number;
}

/** A stored centroid and its code length. */
export const CENTROID_BITS = { float16: 16 + 3, float32: 32 + 3 } as const;

/** Of a float16: half the distance of neighbours, relative to the value, and below the normal ones absolute. */
const HALF_EPSILON = 2 ** -11;
const HALF_SUBNORMAL = 2 ** -25;

/** Sorts the weights, or a sample of them if they are many. */
export function rateSource(
  weights: PrunedWeights,
  options: RateOptions & { readonly mostSorted?: number },
): RateSource {
  const { length, positions, values, pruned } = weights;
  const all = sampledValues(values, Math.min(options.mostSorted ?? MOST_SORTED, MOST_SORTED));
  const sample = positions === undefined ? nonZeroValues(all) : all;
  const scale = values.length === 0 ? 1 : values.length / all.length;
  const elsewhere = positions === undefined ? 0 : (length - positions.length) / scale;
  const zeros = all.length - sample.length + Math.round(elsewhere);
  const positionBits = options.zeros === "keep" ? bernoulliBits(positions?.length ?? length, length) : 0;
  return { data: distributionOf(sample, { zeros }), scale, options, pruned, positionBits };
}

/** The codebook that is best where a bit is worth `wanted` of squared error, or as little as the finest steps are worth. */
export function fitAtLambda(
  source: RateSource,
  wanted: number,
  options: { readonly precision?: Precision } = {},
): RatePoint {
  const lambda = Math.max(wanted, leastLambda(source.data));
  const found =
    options.precision === undefined ? pointAtBestPrecision(source, lambda) : { precision: options.precision };
  if (found.point !== undefined) return found.point;
  const { precision } = found;
  const { data, scale, pruned } = source;
  const { size = 65535, zeros } = source.options;
  const fit = fitEntropyConstrained(data, {
    lambda,
    maxSize: zeros === "keep" && data.zeros > 0 ? size - 1 : size,
    precision,
    bitsPerCentroid: CENTROID_BITS[precision] / scale,
    zero: zeros === "keep" ? "none" : "symbol",
    codeLengths: symbolBits,
  });
  return { lambda, fit, distortion: pruned + fit.distortion * scale, bits: fit.bits * scale };
}

/**
 * Steps of the finest uniform quantizer over the range of the values that is tried, about three times as many as shared
 * values that are used: those of a finer one would take long to fit, and more bytes than they spare.
 */
const MOST_STEPS = 8192;

/** The lambda that is worth the finest steps: at high rates the step d that is best is d^2 = 6 lambda / ln 2. */
export function leastLambda({ points }: Distribution): number {
  const range = points.length < 2 ? 0 : points[points.length - 1]! - points[0]!;
  return ((range / MOST_STEPS) ** 2 * Math.LN2) / 6;
}

/**
 * Float16 unless the plan says otherwise, or float32 pays at this lambda: for tiny errors, or values beyond its range. Where
 * what it rounds off is far below the squared error that goes with lambda, or worth less than the bits that it spares, that
 * is not tried: all of them if one centroid spares enough, or one of the two if half of the centroids do.
 */
export function bestPrecision(source: RateSource, wanted: number): Precision {
  return pointAtBestPrecision(source, wanted).precision;
}

/** The same, and the fit at this lambda where one was made to find out. */
export function pointAtBestPrecision(
  source: RateSource,
  wanted: number,
): { readonly precision: Precision; readonly point?: RatePoint } {
  const { data, options, scale } = source;
  const lambda = Math.max(wanted, leastLambda(data));
  if (options.centroids !== "auto") return { precision: options.centroids };
  const { points, count, energy } = data;
  const expected = (lambda * count) / (2 * Math.LN2);
  const rounded = energy * HALF_EPSILON ** 2 + count * HALF_SUBNORMAL ** 2;
  const spared = (lambda * (CENTROID_BITS.float32 - CENTROID_BITS.float16)) / scale; // by a centroid
  const most = Math.max(-(points[0] ?? 0), points[points.length - 1] ?? 0);
  if (most < FLOAT16_MAX && rounded < Math.max(1e-3 * expected, spared)) return { precision: "float16" };
  const cost = ({ distortion, bits }: RatePoint) => distortion + lambda * bits;
  const half = { precision: "float16", point: fitAtLambda(source, lambda, { precision: "float16" }) } as const;
  if (most < FLOAT16_MAX && rounded < (spared * half.point.fit.centroids.length) / 2) return half;
  const single = { precision: "float32", point: fitAtLambda(source, lambda, { precision: "float32" }) } as const;
  return cost(half.point) <= cost(single.point) ? half : single;
}

/** The weights in the codes of a fit, with the error that is really made of them. */
export function quantizeByFit(
  values: Float32Array,
  point: Pick<RatePoint, "fit">,
  options: Pick<RateOptions, "zeros">,
): QuantizedValues {
  const centroids = storedCentroids(values, point, options);
  const codes = quantize(values, point.fit.thresholds);
  return { codes, centroids, distortion: squaredError(values, { codes, centroids }) };
}

function storedCentroids(
  values: Float32Array,
  { fit }: Pick<RatePoint, "fit">,
  { zeros }: Pick<RateOptions, "zeros">,
): Float32Array {
  return zeros === "keep" ? awayFromZero(fit.centroids, values) : fit.centroids;
}

/**
 * A mean may be 0, or round to it: then the least number beside it that is free, of those that a float16 holds if that is no
 * larger than all the weights.
 */
function awayFromZero(centroids: Float32Array, values: Float32Array): Float32Array {
  const zero = centroids.indexOf(0);
  if (zero < 0) return centroids;
  const [below = Number.NEGATIVE_INFINITY, above = Number.POSITIVE_INFINITY] = [
    centroids[zero - 1],
    centroids[zero + 1],
  ];
  const halves = values.some((value) => Math.abs(value) >= 2 ** -24) ? [2 ** -24, -(2 ** -24)] : [];
  const least = [...halves, 2 ** -149, -(2 ** -149)].find((value) => value > below && value < above);
  return centroids.with(zero, least ?? 0);
}
