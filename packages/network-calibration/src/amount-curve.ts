/** What an amount came to at a lambda. */
export interface CurvePoint {
  readonly lambda: number;
  readonly amount: number;
}

/** Slopes further from the power that is expected, as a factor, are noise. */
const ODDEST = 2.5;

/** Lambdas whose ratio is below this tell little of a slope: errors on held-out inputs have a noise of some percent. */
const LEAST_RATIO = 1.5;

/** Points of a logarithm, the nearest to an amount first. */
export function nearestFirst(amount: number, curve: readonly CurvePoint[]): readonly CurvePoint[] {
  const distance = (point: CurvePoint) => Math.abs(Math.log(point.amount / amount));
  return curve.filter((point) => Number.isFinite(distance(point))).toSorted((a, b) => distance(a) - distance(b));
}

/**
 * By which power of lambda an amount goes near a value of it: from the two points that are nearest to it, or the one that is expected
 * where they tell none that is like it.
 */
export function slopeAt(amount: number, curve: readonly CurvePoint[], expected: number): number {
  const [nearest, ...others] = nearestFirst(amount, curve);
  const other = others.find(({ lambda }) => Math.abs(Math.log(lambda / nearest!.lambda)) > Math.log(LEAST_RATIO));
  if (nearest === undefined || other === undefined) return expected;
  const slope = Math.log(other.amount / nearest.amount) / Math.log(other.lambda / nearest.lambda);
  const ratio = slope / expected;
  return ratio >= 1 / ODDEST && ratio <= ODDEST ? slope : expected;
}
