import { type SearchState, searchLambda, type Trial } from "./lambda-search";
import { fitAtLambda, leastLambda, pointAtBestPrecision, type RatePoint, type RateSource } from "./rate-distortion";

/** Whoever sums up the error in another order shall not find it above what was allowed. */
const ROUNDING = 1e-9;

/** The squared error that a relative one allows. */
export function mostDistortion(maxError: number, energy: number): number {
  return (maxError < 1 ? maxError * (1 - ROUNDING) : 1) * energy;
}

/** The fraction of the target that is aimed at, but for a byte. */
function aimFor(count: number): number {
  return Math.min(0.9995, 1 - Math.min(0.05, TWO_BYTES / 2 / count));
}

/** Fits after which whatever is within the target is taken; more are made only while nothing is. */
const MAX_FITS = 9;

/** As many fits take any lambda to the least there is. */
const MOST_FITS = 60;

/** The finest codebook loses about what theory says of the least lambda; where far less is wanted the fits are saved. */
const LOWEST_START = 4;

/** A step of lambda, where no bracket is known yet. */
const LONGEST_STEP = 64;

/**
 * How close below the target the distortion must come, by the number of fits made: code lengths are whole bits, so the
 * curve has steps, some as high as 5 %, beneath which there is nothing to find. 1 % of distortion is 0.007 bits a weight;
 * of few weights that is nothing.
 */
function near(fits: number, count: number): number {
  if (fits >= MAX_FITS) return 0;
  if (fits >= 4 && count <= FEW_WEIGHTS) return 0.9;
  const byFits = count <= MANY_WEIGHTS ? [1, 0.997, 0.995, 0.985][fits] : fits <= 4 ? 0.999 : fits <= 6 ? 0.997 : 0.99;
  return Math.min(byFits ?? 0.97, 1 - Math.min(0.1, TWO_BYTES / count));
}

/** Of so few a byte or two is not worth the time of more fits, where there are thousands of such tensors. */
const FEW_WEIGHTS = 2048;

/** Of fewer 3 % of the distortion, a fiftieth of a bit a weight, is not worth a fifth fit. */
const MANY_WEIGHTS = 2 ** 17;

/** This fraction less of a distortion, times the number of weights, takes two bytes more: half a bit a weight halves it. */
const TWO_BYTES = 32 * Math.LN2;

/**
 * The lambda whose fit loses about so much. High-rate theory: each sample's distortion falls by 2 ln 2 of itself a bit. A fit
 * loses more than that to spare centroids, the more steps there are for the number of weights (measured).
 */
function startFor({ data, scale }: RateSource, room: number): number {
  const { points, count } = data;
  const all = Math.max(1, (count + 1) * scale);
  const range = points.length < 2 ? 0 : points[points.length - 1]! - points[0]!;
  const steps = range / Math.sqrt((12 * room) / all);
  return (2 * Math.LN2 * room) / all / (1 + 0.7 * Math.log1p((CENTROID_BITS * Math.LN2 * steps) / all));
}

/** About what a centroid takes. */
const CENTROID_BITS = 19;

/**
 * The cheapest codebook whose distortion, pruning included, is at most `most`: lambda is raised until the distortion comes
 * close to it from below. Undefined only if the finest codebook loses more, or may be taken to.
 */
export function fitToDistortion(source: RateSource, most: number): RatePoint | undefined {
  const { data, scale, pruned } = source;
  const room = most - pruned;
  if (!(room > 0)) return undefined;
  const start = startFor(source, room);
  if (start < leastLambda(data) / LOWEST_START) return undefined;
  const { precision, point: first } = pointAtBestPrecision(source, start);
  const count = data.count * scale;
  const aim = aimFor(count) * most;
  const search = searchLambda<Trial>({
    start,
    limit: most,
    amount: "rises",
    least: leastLambda(data),
    most: Number.MAX_VALUE,
    maxTrials: MOST_FITS,
    near: (fits) => near(fits, count),
    narrowest: 1.0002 + Math.min(0.01, 4 / Math.max(1, count)),
    nearest: "lambda",
    propose: (state) => nextLambda(state, aim),
  });
  let best: RatePoint | undefined;
  let step = search.next();
  while (!step.done) {
    const isFirst = step.value === start && first !== undefined;
    const point = isFirst ? first : fitAtLambda(source, step.value, { precision });
    if (point.distortion <= most && (best === undefined || point.bits <= best.bits)) best = point;
    step = search.next({ lambda: step.value, amount: point.distortion });
  }
  return best;
}

/** The distortion rises with lambda, by about the same factor; between two trials on the straight line of logarithms. */
function nextLambda({ last, within, beyond, trials }: SearchState<Trial>, aim: number): number {
  const factor = aim / last.amount;
  // Where the curve is flat, the factor alone would not get far: each further step on the same side is longer.
  if (within === undefined) return last.lambda * Math.max(1 / LONGEST_STEP, factor / 1.3 ** (trials - 1));
  if (beyond === undefined) {
    return last.lambda * Math.min(LONGEST_STEP, 1.002 * factor * 1.3 ** Math.max(0, trials - 2));
  }
  const rise = Math.log(beyond.amount / within.amount);
  const fraction = Number.isFinite(rise) && rise > 0 ? Math.log(aim / within.amount) / rise : 0.5;
  return within.lambda * (beyond.lambda / within.lambda) ** Math.min(0.9, Math.max(0.1, fraction));
}
