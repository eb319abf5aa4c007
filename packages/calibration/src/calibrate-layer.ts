import type { Codes } from "@deep-compression/bits";
import { checkLength, checkNumber, checkTypedArray, seededRandom } from "@deep-compression/runtime";
import { idealBits } from "./code-bits";
import { type DampedHessian, dampedError } from "./damped-hessian";
import { type InverseFactor, inverseFactor } from "./inverse-factor";
import { compensatedCoding, type LayerCoding, type LayerRows, separateCoding } from "./layer-codings";
import {
  ascendingCodes,
  bitsOfCodes,
  costOf,
  firstPrices,
  importanceDistribution,
  type LayerTrial,
  pricesAfter,
  prunedTrial,
  type TrialLayer,
  trial,
  trialLayer,
} from "./layer-trials";
import type { LayerShape } from "./rate-aware-pass";

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
  /** Of that Hessian, if it is there already, best in the order of "variance"; `damping` is then that of it. */
  readonly inverse?: InverseFactor;
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

/** As many times the least cost that a first pass may have: the passes after it gained 2 % at most where they were best in the end. */
const HOPELESS = 1.03;

/**
 * Rows x columns^2 of the rows that all is tried with, and the least of them. What is found, a few dozen numbers, is as good for
 * the others: a layer of 4096 x 4096 takes a fifth of the time.
 */
const TRIED = 2 ** 30;
const LEAST_ROWS = 64;

/**
 * The codes and centroids of a layer for which error + lambda x bits is least, of those that are tried: passes with error
 * compensation ({@link rateAwarePass}), greedy to several degrees, after each of which centroids and rates are found anew; codes
 * chosen each by itself; and none but zeros. What begins with a cost far above the least is not gone on with. What is kept is the least true cost, since a greedy pass may prune what no later weight can make up for.
 * Of large layers some rows tell which way, centroids and rates are best, and one pass goes over all rows.
 *
 * @param weights the targets, rows x columns
 * @throws TypeError, RangeError if sizes do not fit
 */
export function calibrateLayer(weights: Float64Array, options: LayerOptions): CalibratedLayer {
  return calibratedByRows(weights, options, { tried: TRIED, least: LEAST_ROWS });
}

/** Of how many rows it is found out how to code all. */
interface TriedRows {
  /** Rows x columns^2. */
  readonly tried: number;
  /** The least rows. */
  readonly least: number;
}

/** The same with other rows to be tried. */
export function calibratedByRows(weights: Float64Array, options: LayerOptions, limits: TriedRows): CalibratedLayer {
  const { rows, columns, hessian, damping } = options;
  checkTypedArray("weights", weights, Float64Array);
  checkLength("weights", weights.length, rows * columns);
  checkTypedArray("hessian", hessian, Float64Array);
  checkLength("hessian", hessian.length, columns * columns);
  if (options.inverse !== undefined) checkLength("inverse.factor", options.inverse.factor.length, columns * columns);
  checkNumber("lambda", options.lambda, { minimum: Number.MIN_VALUE });
  const inverse =
    options.inverse ??
    inverseFactor(hessian, columns, { order: "variance", ...(damping !== undefined && { damping }) });
  const damped = dampedBy(hessian, inverse);
  const layer: LayerRows = { ...rowsOf(options), weights: withoutDead(weights, damped, columns) };
  const codings = [
    ...(inverse === undefined ? [] : [{ coding: compensatedCoding(inverse), greeds: options.greed ?? GREED }]),
    { coding: separateCoding(variancesOf(damped, columns)), greeds: [1] },
  ];
  const some = someRows(layer, limits);
  const trials = trialLayer({
    ...{ ...some, ...damped, lambda: options.lambda, bitsOf: options.bitsOf ?? idealBits },
    stands: some.rows === rows ? 1 : rows / some.rows,
  });
  const best = bestOf(trials, codings, options.passes ?? PASSES);
  if (some.rows === rows)
    return { ...best.trial, method: best.coding.method, error: errorOf(layer, best.trial, damped) };
  return wholeLayer(layer, { ...trials, stands: 1 }, best);
}

interface BestTrial {
  readonly trial: LayerTrial;
  readonly coding: LayerCoding;
  /** What lambda is multiplied by where codes are chosen. */
  readonly greed: number;
}

/** The trial of the least cost. A way whose first pass is far from it is given up: further passes gain less than that. */
function bestOf(
  layer: TrialLayer,
  codings: readonly { readonly coding: LayerCoding; readonly greeds: readonly number[] }[],
  passes: number,
): BestTrial {
  const cost = (found: LayerTrial) => costOf(found, layer.lambda);
  let best: BestTrial | undefined;
  for (const { coding, greeds } of codings) {
    const distribution = importanceDistribution(layer, coding);
    for (const greed of greeds) {
      let prices = firstPrices(layer, distribution, layer.lambda * greed);
      for (let pass = 0; pass < passes; pass++) {
        const found = trial(layer, coding, prices);
        if (best !== undefined && pass === 0 && cost(found) > HOPELESS * cost(best.trial)) break;
        if (best === undefined || cost(found) < cost(best.trial)) best = { trial: found, coding, greed };
        prices = pricesAfter(layer, found, layer.lambda * greed);
      }
    }
  }
  const pruned: BestTrial = { trial: prunedTrial(layer), coding: codings[0]!.coding, greed: 1 };
  return best === undefined || cost(pruned.trial) <= cost(best.trial) ? pruned : best;
}

/** All rows with the centroids and the prices of those that were tried. */
function wholeLayer(layer: LayerRows, trials: TrialLayer, best: BestTrial): CalibratedLayer {
  const { coding, greed } = best;
  const prices = pricesAfter(trials, best.trial, trials.lambda * greed);
  const { codes, error } = coding.code(layer, prices);
  const coded = ascendingCodes(codes, prices.centroids);
  return {
    ...coded,
    error: error ?? errorOf(layer, coded, trials),
    bits: bitsOfCodes(trials, coded),
    method: coding.method,
  };
}

/** The matrix that the factor is of: damped, and with the variance of other inputs where one has none, so that its weights stay zero. */
function dampedBy(hessian: Float64Array, inverse: InverseFactor | undefined): DampedHessian {
  if (inverse === undefined) return { hessian };
  const { order } = inverse;
  const size = order.length;
  const dead = new Uint8Array(size);
  const extra = new Float64Array(size);
  for (const [j, column] of order.entries()) {
    dead[column] = inverse.dead[j]!;
    extra[column] = inverse.dead[j] === 1 ? inverse.factor[j * size + j]! ** -2 : inverse.added;
  }
  return { hessian, extra, dead };
}

function variancesOf({ hessian, extra, dead }: DampedHessian, size: number): Float64Array {
  const ownOf = (column: number) => (dead?.[column] === 1 ? 0 : hessian[column * size + column]!);
  return Float64Array.from({ length: size }, (_, column) => ownOf(column) + (extra?.[column] ?? 0));
}

function withoutDead(weights: Float64Array, { dead }: DampedHessian, columns: number): Float64Array {
  if (!dead?.includes(1)) return weights;
  return weights.map((weight, i) => (dead[i % columns] === 1 ? 0 : weight));
}

/** The rows and what is known of each, without what is undefined. */
function rowsOf({ rows, columns, curvature, scales }: LayerOptions): Omit<LayerRows, "weights"> {
  return { rows, columns, ...(curvature && { curvature }), ...(scales && { scales }) };
}

/** Rows that stand for all: all of them, or one of each of as many parts of equal size, by chance, since rows may repeat a pattern. */
function someRows(layer: LayerRows, { tried, least }: TriedRows): LayerRows {
  const { weights, rows, columns, curvature, scales } = layer;
  const count = Math.min(rows, Math.max(least, Math.floor(tried / columns ** 2)));
  if (count === rows) return layer;
  const random = seededRandom(0);
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i + random()) * rows) / count));
  const some = new Float64Array(count * columns);
  for (const [i, row] of places.entries()) some.set(weights.subarray(row * columns, (row + 1) * columns), i * columns);
  return {
    ...{ weights: some, rows: count, columns },
    ...(curvature && { curvature: Float64Array.from(places, (row) => curvature[row]!) }),
    ...(scales && { scales: Float32Array.from(places, (row) => scales[row]!) }),
  };
}

function errorOf(
  layer: LayerRows,
  { codes, centroids }: Pick<LayerTrial, "codes" | "centroids">,
  damped: DampedHessian,
): number {
  const { weights, columns, scales } = layer;
  const errors = weights.map((weight, i) => (scales?.[Math.floor(i / columns)] ?? 1) * centroids[codes[i]!]! - weight);
  return dampedError(errors, layer, damped);
}
