import { allocateCodes, type Codes } from "@deep-compression/bits";
import { distributionOf, fitEntropyConstrained, withZero } from "@deep-compression/codebook";
import { checkLength, checkNumber, checkTypedArray } from "@deep-compression/runtime";
import { idealBits } from "./code-bits";
import { columnsInOrder, orderByVariance, outOfOrder, squareInOrder } from "./column-order";
import { type InverseFactor, inverseFactor } from "./inverse-factor";
import { leastSquaresCentroids } from "./least-squares-centroids";
import { quadraticError } from "./quadratic-error";
import { type LayerShape, rateAwarePass } from "./rate-aware-pass";

export interface LayerOptions extends LayerShape {
  /** Second moments of the inputs, columns x columns: `products` of {@link crossMoments}. */
  readonly hessian: Float64Array;
  /** The squared error of the outputs that one bit is worth, above 0. */
  readonly lambda: number;
  /** What a squared error of each row's output is worth; default 1 for each. */
  readonly curvature?: Float64Array;
  /** What the centroids of each row are multiplied by; default 1 for each. */
  readonly scales?: Float32Array;
  /** Bits of each code as it will be coded, positions included, from how often each occurs; default {@link idealBits}. */
  readonly bitsOf?: (counts: Uint32Array) => Float64Array;
  /** As of {@link inverseFactor}; default 0.05. */
  readonly damping?: number;
  /** Passes, each with the centroids and rates of the one before; default 3. */
  readonly passes?: number;
  /** What lambda is multiplied by where codes are chosen one by one; each is tried. Default 1, 1/2 and 1/4. */
  readonly greed?: readonly number[];
}

/** A layer whose weights share values. */
export interface CalibratedLayer {
  /** One a weight, rows x columns. */
  readonly codes: Codes;
  /** Ascending, each of them used but, perhaps, 0, which is always there. */
  readonly centroids: Float32Array;
  /** Of the outputs, against those of the weights that were given: see {@link quadraticError}. The Hessian is damped. */
  readonly error: number;
  /** Of codes and centroids. */
  readonly bits: number;
  /** "compensated": errors of weights make up for each other; "separate": each by itself, by the variance of its input. */
  readonly method: "compensated" | "separate";
}

const PASSES = 3;
const GREED = [1, 1 / 2, 1 / 4] as const;

/** A float16 and its part of a table of code lengths. */
const BITS_PER_CENTROID = 19;

/**
 * The codes and centroids of a layer for which error + lambda x bits is least, of those that are tried: passes with error
 * compensation ({@link rateAwarePass}), greedy to several degrees, after each of which centroids and rates are found anew; codes
 * chosen each by itself; and none but zeros. What is kept is the least true cost, since a greedy pass may prune what no later weight can make up for.
 *
 * @param weights the targets, rows x columns
 * @throws TypeError, RangeError if sizes do not fit
 */
export function calibrateLayer(weights: Float64Array, options: LayerOptions): CalibratedLayer {
  const { rows, columns, hessian, damping } = options;
  checkTypedArray("weights", weights, Float64Array);
  checkLength("weights", weights.length, rows * columns);
  checkTypedArray("hessian", hessian, Float64Array);
  checkLength("hessian", hessian.length, columns * columns);
  checkNumber("lambda", options.lambda, { minimum: Number.MIN_VALUE });
  const order = orderByVariance(hessian, columns);
  const ordered = squareInOrder(hessian, order);
  const inverse = inverseFactor(ordered, columns, { ...(damping !== undefined && { damping }) });
  const layer: OrderedLayer = {
    ...options,
    weights: withoutDead(columnsInOrder(weights, order, options), inverse, options),
    hessian: damped(ordered, inverse, columns),
  };
  const separate = { ...candidate(layer, diagonalFactor(layer.hessian, columns), 1), method: "separate" as const };
  const tried =
    inverse === undefined ? [] : (options.greed ?? GREED).map((greed) => candidate(layer, inverse.factor, greed));
  const all = [pruned(layer), separate, ...tried.map((one) => ({ ...one, method: "compensated" as const }))];
  const cost = ({ error, bits }: Candidate) => error + options.lambda * bits;
  const best = all.reduce((least, one) => (cost(one) < cost(least) ? one : least));
  return { ...best, codes: outOfOrder(best.codes, order) };
}

/** A layer with its columns in the order in which they are coded. */
interface OrderedLayer extends LayerOptions {
  readonly weights: Float64Array;
}

type Candidate = Omit<CalibratedLayer, "method">;

function withoutDead(weights: Float64Array, inverse: InverseFactor | undefined, { columns }: LayerShape): Float64Array {
  if (inverse === undefined) return weights;
  return weights.map((weight, i) => (inverse.dead[i % columns] === 1 ? 0 : weight));
}

/** The matrix that the factor is of: damped, and with the variance of other inputs where one has none, so that its weights stay zero. */
function damped(hessian: Float64Array, inverse: InverseFactor | undefined, size: number): Float64Array {
  const matrix = hessian.slice();
  if (inverse === undefined) return matrix;
  for (let i = 0; i < size; i++) {
    const isDead = inverse.dead[i] === 1;
    for (let j = 0; isDead && j < size; j++) matrix[i * size + j] = matrix[j * size + i] = 0;
    matrix[i * size + i] = isDead ? inverse.factor[i * size + i]! ** -2 : matrix[i * size + i]! + inverse.added;
  }
  return matrix;
}

/** U of a Hessian of which only the diagonal counts. */
function diagonalFactor(hessian: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  const least = Number.MIN_VALUE ** 0.5;
  for (let i = 0; i < size; i++) factor[i * size + i] = 1 / Math.sqrt(Math.max(least, hessian[i * size + i]!));
  return factor;
}

/** All weights zero: what no pass need find. */
function pruned(layer: OrderedLayer): CalibratedLayer {
  const none = { codes: allocateCodes(1, layer.weights.length), centroids: new Float32Array(1) };
  return { ...costed(layer, none, layer.bitsOf ?? idealBits), method: "separate" };
}

/** The best of several passes with one factor. */
function candidate(layer: OrderedLayer, factor: Float64Array, greed: number): Candidate {
  const { lambda, bitsOf = idealBits, passes = PASSES } = layer;
  let best: Candidate | undefined;
  let { centroids, bits } = firstCodebook(layer, factor, lambda * greed);
  for (let pass = 0; pass < passes; pass++) {
    const codes = rateAwarePass(layer.weights, { ...layer, factor, centroids, bits, lambda: lambda * greed });
    const found = refined(layer, codes, centroids);
    const one = costed(layer, found, bitsOf);
    if (best === undefined || one.error + lambda * one.bits < best.error + lambda * best.bits) best = one;
    ({ centroids } = one);
    bits = bitsOf(countsOf(one.codes, centroids.length));
  }
  return best!;
}

/** A codebook of the weights, each as important as its error is before others make up for it. */
function firstCodebook({ weights, rows, columns, ...layer }: OrderedLayer, factor: Float64Array, lambda: number) {
  const { curvature, scales, bitsOf = idealBits } = layer;
  const values = new Float32Array(weights.length);
  const importance = new Float32Array(weights.length);
  for (let row = 0, at = 0; row < rows; row++) {
    const scale = scales?.[row] ?? 1;
    const worth = (curvature?.[row] ?? 1) * scale * scale;
    for (let j = 0; j < columns; j++, at++) {
      values[at] = weights[at]! / scale;
      importance[at] = worth / factor[j * columns + j]! ** 2;
    }
  }
  const fit = fitEntropyConstrained(distributionOf(values, { importance }), { lambda, zero: "symbol" });
  const centroids = withZero(fit.centroids);
  const counts = new Uint32Array(centroids.length);
  for (const [k, centroid] of centroids.entries()) counts[k] = fit.counts[fit.centroids.indexOf(centroid)] ?? 0;
  return { centroids, bits: bitsOf(counts) };
}

interface Coded {
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

/** The least squares centroids of the codes, ascending, those that are used and 0. */
function refined(layer: OrderedLayer, codes: Codes, centroids: Float32Array): Coded {
  const found = leastSquaresCentroids(codes, layer.weights, { ...layer, centroids });
  return ascending(codes, found);
}

/** Codes of equal meaning with the centroids in their order, equal ones put together and those of no code left out, but for 0. */
function ascending(codes: Codes, centroids: Float32Array): Coded {
  const counts = countsOf(codes, centroids.length);
  const kept = [...new Set(centroids.filter((centroid, k) => counts[k]! > 0 || centroid === 0))];
  const sorted = Float32Array.from(kept).sort();
  const places = Uint16Array.from(centroids, (centroid) => Math.max(0, sorted.indexOf(centroid)));
  const renumbered = allocateCodes(sorted.length, codes.length);
  for (let i = 0; i < codes.length; i++) renumbered[i] = places[codes[i]!]!;
  return { codes: renumbered, centroids: sorted };
}

function costed(layer: OrderedLayer, { codes, centroids }: Coded, bitsOf: (counts: Uint32Array) => Float64Array) {
  const { weights, columns, scales } = layer;
  const errors = new Float64Array(weights.length);
  for (let i = 0; i < errors.length; i++) {
    errors[i] = (scales?.[Math.floor(i / columns)] ?? 1) * centroids[codes[i]!]! - weights[i]!;
  }
  const counts = countsOf(codes, centroids.length);
  const perCode = bitsOf(counts);
  const ofCodes = counts.reduce((sum, count, k) => (count === 0 ? sum : sum + count * perCode[k]!), 0);
  return {
    codes,
    centroids,
    error: quadraticError(errors, layer),
    bits: ofCodes + BITS_PER_CENTROID * centroids.length,
  };
}

function countsOf(codes: Codes, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
  return counts;
}
