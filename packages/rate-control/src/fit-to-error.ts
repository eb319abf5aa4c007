import { type SearchState, searchLambda, type Trial } from "./lambda-search";
import {
  CENTROID_BITS,
  fitAtLambda,
  leastLambda,
  type Precision,
  pointAtBestPrecision,
  type RatePoint,
  type RateSource,
} from "./rate-distortion";

/** Whoever sums up the error in another order shall not find it above what was allowed. */
const ROUNDING = 1e-9;

/** The squared error that a relative one allows. */
export function mostDistortion(maxError: number, energy: number): number {
  return (maxError < 1 ? maxError * (1 - ROUNDING) : 1) * energy;
}

/** A fit of a search, and its bits were code words as long as is ideal: what the fit made least, with its distortion. */
interface FitTrial extends Trial {
  readonly idealBits: number;
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
  const byFits = count <= MANY_WEIGHTS ? [1, 0.997, 0.995, 0.985][fits] : fits <= 4 ? 0.999 : fits <= 6 ? 0.997 : 0.99;
  return Math.min(byFits ?? 0.97, 1 - Math.min(0.1, TWO_BYTES / count));
}

/** Of so few all corners of the hull are told apart, */
const FEW_WEIGHTS = 2048;
/** unless one comes as close to the limit, where there are thousands of such tensors. */
const NEAR_OF_FEW = 0.97;

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
  return (2 * Math.LN2 * room) / all / (1 + 0.7 * Math.log1p((CENTROID_BITS.float16 * Math.LN2 * steps) / all));
}

/**
 * The cheapest codebook whose distortion, pruning included, is at most `most`: lambda is raised until the distortion comes
 * close to it from below. Undefined only if the finest codebook loses more, or may be taken to.
 */
export function fitToDistortion(source: RateSource, most: number): RatePoint | undefined {
  const { data, pruned } = source;
  const room = most - pruned;
  if (!(room > 0)) return undefined;
  const start = startFor(source, room);
  if (start < leastLambda(data) / LOWEST_START) return undefined;
  const { precision, point } = pointAtBestPrecision(source, start);
  const best = fitWithin(source, { most, start, precision, ...(point && { first: point }) });
  // What goes with lambda at the start may be out of reach where a weight is beyond float16.
  if (best !== undefined || precision === "float32" || source.options.centroids !== "auto") return best;
  return fitWithin(source, { most, start, precision: "float32" });
}

function fitWithin(
  source: RateSource,
  options: { readonly most: number; readonly start: number; readonly precision: Precision; readonly first?: RatePoint },
): RatePoint | undefined {
  const { data, scale } = source;
  const { most, start, precision, first } = options;
  const count = data.count * scale;
  const aim = aimFor(count) * most;
  const isSmall = count <= FEW_WEIGHTS;
  const search = searchLambda<FitTrial>({
    start,
    limit: most,
    amount: "rises",
    least: leastLambda(data),
    most: Number.MAX_VALUE,
    maxTrials: MOST_FITS,
    near: (fits) => (isSmall ? NEAR_OF_FEW : near(fits, count)),
    narrowest: isSmall ? 1.01 : 1.0002,
    nearest: "lambda",
    propose: (state) => (isSmall && betweenNeighbours(state)) || nextLambda(state, aim),
  });
  let best: RatePoint | undefined;
  let step = search.next();
  while (!step.done) {
    const isFirst = step.value === start && first !== undefined;
    const point = isFirst ? first : fitAtLambda(source, step.value, { precision });
    if (point.distortion <= most && (best === undefined || point.bits <= best.bits)) best = point;
    if (best !== undefined && best.fit.centroids.length < 2) break; // nothing takes fewer
    step = search.next({ lambda: step.value, amount: point.distortion, idealBits: idealBits(point, precision) });
  }
  return best;
}

/** What the fit made least, together with its distortion: a centroid's bits, and for n of N values n log2(N / n). */
function idealBits({ fit: { counts } }: RatePoint, precision: Precision): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (bits, count) => bits + (count > 0 ? count * Math.log2(total / count) : 0),
    CENTROID_BITS[precision] * counts.length,
  );
}

/**
 * Fits are corners of a lower convex hull, of few weights far apart. The lambda at which those on both sides of the limit cost the
 * same is that of the corner between them that is farthest out; where there is none, one of them is found again, and the search
 * ends.
 */
function betweenNeighbours({ last, within, beyond }: SearchState<FitTrial>): number | undefined {
  if (within === undefined || beyond === undefined) return undefined;
  const lambda = (beyond.amount - within.amount) / (within.idealBits - beyond.idealBits);
  if (lambda > within.lambda && lambda < beyond.lambda) return lambda;
  return lambda === last.lambda ? lambda : Math.sqrt(within.lambda * beyond.lambda); // a fit that is no corner
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
