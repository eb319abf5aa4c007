import { bestPrecision, fitAtLambda, type RatePoint, type RateSource } from "./rate-distortion";

/** A distortion this close below the target is close enough. */
const CLOSE = 0.999;

/** What the search aims at within the bracket. */
const AIM = 0.9995;

const MOST_FITS = 16;

/** A step of lambda, where no bracket is known yet. */
const LONGEST_STEP = 64;

/**
 * The cheapest codebook whose distortion, pruning included, is at most `most`: lambda is raised until the distortion comes
 * close to it from below. Undefined if no codebook of the plan's size is as good.
 */
export function fitToDistortion(source: RateSource, most: number): RatePoint | undefined {
  const { data, scale, pruned } = source;
  const room = most - pruned;
  if (!(room > 0)) return undefined;
  // High-rate theory: each sample's distortion falls by 2 ln 2 of itself a bit.
  const start = (2 * Math.LN2 * room) / Math.max(1, (data.count + 1) * scale);
  const precision = bestPrecision(source, start);
  return searchLambda((lambda) => fitAtLambda(source, lambda, precision), { start, most });
}

/**
 * Of the points at any lambda, the cheapest whose distortion is at most `most` and, but for steps of the curve, close to
 * it. The distortion rises with lambda, by about the same factor.
 */
export function searchLambda<P extends { readonly distortion: number; readonly bits: number }>(
  at: (lambda: number) => P,
  options: { readonly start: number; readonly most: number },
): P | undefined {
  const { start, most } = options;
  let below: { readonly lambda: number; readonly distortion: number } | undefined;
  let above: { readonly lambda: number; readonly distortion: number } | undefined;
  let best: P | undefined;
  for (let i = 0, lambda = start; i < MOST_FITS; i++) {
    const point = at(lambda);
    const { distortion } = point;
    if (distortion <= most) {
      if (best === undefined || point.bits <= best.bits) best = point;
      if (below === undefined || lambda > below.lambda) below = { lambda, distortion };
      if (distortion >= CLOSE * most) break;
    } else if (above === undefined || lambda < above.lambda) above = { lambda, distortion };
    const factor = (AIM * most) / distortion;
    if (below === undefined) lambda *= Math.max(1 / LONGEST_STEP, Math.min(0.9, factor));
    else if (above === undefined) lambda *= Math.min(LONGEST_STEP, Math.max(1.1, factor));
    else if (above.lambda / below.lambda < 1.0002) break;
    else lambda = between(below, above, AIM * most);
    if (!(lambda > Number.MIN_VALUE && lambda < Number.MAX_VALUE)) break;
  }
  return best;
}

/** Lambda for a distortion, on the straight line of logarithms between two points; well within them. */
function between(
  below: { readonly lambda: number; readonly distortion: number },
  above: { readonly lambda: number; readonly distortion: number },
  distortion: number,
): number {
  const rise = Math.log(above.distortion / below.distortion);
  const share = Number.isFinite(rise) && rise > 0 ? Math.log(distortion / below.distortion) / rise : 0.5;
  const within = Math.min(0.9, Math.max(0.1, share));
  return below.lambda * (above.lambda / below.lambda) ** within;
}
