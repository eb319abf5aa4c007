import { type SearchState, searchLambda, type Trial } from "./lambda-search";
import { bestPrecision, fitAtLambda, leastLambda, type RatePoint, type RateSource } from "./rate-distortion";

/**
 * How close below the target the distortion must come, by the number of fits made: code lengths are whole bits, so the
 * curve has steps, some as high as 5 %, beneath which there is nothing to find. 1 % of distortion is 0.007 bits a weight.
 */
function near(fits: number): number {
  if (fits <= 4) return 0.999;
  return fits <= 6 ? 0.997 : 0.99;
}

/** The fraction of the target that is aimed at. */
const AIM = 0.9995;

const MAX_FITS = 9;

/** A step of lambda, where no bracket is known yet. */
const LONGEST_STEP = 64;

/**
 * The cheapest codebook whose distortion, pruning included, is at most `most`: lambda is raised until the distortion comes
 * close to it from below. Undefined if no codebook is as good.
 */
export function fitToDistortion(source: RateSource, most: number): RatePoint | undefined {
  const { data, scale, pruned } = source;
  const room = most - pruned;
  if (!(room > 0)) return undefined;
  // High-rate theory: each sample's distortion falls by 2 ln 2 of itself a bit.
  const start = (2 * Math.LN2 * room) / Math.max(1, (data.count + 1) * scale);
  const precision = bestPrecision(source, start);
  const search = searchLambda<Trial>({
    start,
    limit: most,
    amount: "rises",
    least: leastLambda(data),
    most: Number.MAX_VALUE,
    maxTrials: MAX_FITS,
    near,
    narrowest: 1.0002,
    nearest: "lambda",
    propose: (state) => nextLambda(state, AIM * most),
  });
  let best: RatePoint | undefined;
  let step = search.next();
  while (!step.done) {
    const point = fitAtLambda(source, step.value, { precision });
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
