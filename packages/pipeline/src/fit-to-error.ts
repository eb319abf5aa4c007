import { bestPrecision, fitAtLambda, type RatePoint, type RateSource } from "./rate-distortion";

/**
 * How close below the target the distortion must come for the search to end, by the number of fits made: code lengths are
 * whole bits, so the curve has steps, some as high as 5 %, beneath which there is nothing to find. 1 % of distortion is
 * 0.007 bits a weight.
 */
function closeAfter(fits: number): number {
  if (fits <= 4) return 0.999;
  return fits <= 6 ? 0.997 : 0.99;
}

/** What the search aims at within the bracket. */
const AIM = 0.9995;

const MOST_FITS = 9;

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
  return searchLambda((lambda) => fitAtLambda(source, lambda, { precision }), { start, most });
}

/** A point of the curve of rate and distortion. */
interface CurvePoint {
  readonly lambda: number;
  readonly distortion: number;
  readonly bits: number;
}

/**
 * Of the points at any lambda, the cheapest whose distortion is at most `most` and, but for steps of the curve, close to
 * it. The distortion rises with lambda, by about the same factor.
 */
export function searchLambda<P extends CurvePoint>(
  at: (lambda: number) => P,
  options: { readonly start: number; readonly most: number },
): P | undefined {
  const { start, most } = options;
  let below: P | undefined;
  let above: P | undefined;
  let best: P | undefined;
  for (let i = 0, lambda = start; i < MOST_FITS; i++) {
    const point = at(lambda);
    if (point.distortion <= most) {
      if (best === undefined || point.bits <= best.bits) best = point;
      if (below === undefined || lambda > below.lambda) below = point;
    } else if (above === undefined || lambda < above.lambda) above = point;
    if (below !== undefined && below.distortion >= closeAfter(i + 1) * most) break;
    if (below === undefined && point.lambda > lambda) break; // a smaller lambda changes nothing
    const factor = (AIM * most) / point.distortion;
    // Where the curve is flat, the factor alone would not get far: each further step on the same side is longer.
    if (below === undefined) lambda *= Math.max(1 / LONGEST_STEP, factor / 1.3 ** i);
    else if (above === undefined) lambda *= Math.min(LONGEST_STEP, 1.002 * factor * 1.3 ** Math.max(0, i - 1));
    else if (above.lambda / below.lambda < 1.0002) break;
    else lambda = between(below, above, AIM * most);
    if (!(lambda > Number.MIN_VALUE && lambda < Number.MAX_VALUE)) break;
  }
  return best;
}

/** Lambda for a distortion, on the straight line of logarithms between two points; well within them. */
function between(below: CurvePoint, above: CurvePoint, distortion: number): number {
  const rise = Math.log(above.distortion / below.distortion);
  const share = Number.isFinite(rise) && rise > 0 ? Math.log(distortion / below.distortion) / rise : 0.5;
  const within = Math.min(0.9, Math.max(0.1, share));
  return below.lambda * (above.lambda / below.lambda) ** within;
}
