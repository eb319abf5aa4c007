import { fitAtLambda, leastLambda, type RateSource } from "./rate-distortion";

/** What a tensor costs and loses at a lambda. */
export interface RateEstimate {
  readonly distortion: number;
  readonly bits: number;
}

/** Lambdas at which codebooks are fitted are this factor apart; between them the curves are smooth. */
const STEP = 4;

/** The rate and the distortion of a tensor at any lambda, from few fits: each is made when it is first needed. */
export function rateCurve(source: RateSource): (lambda: number) => RateEstimate {
  const fits = new Map<number, RateEstimate>();
  const fitted = (step: number): RateEstimate => {
    const known = fits.get(step);
    if (known !== undefined) return known;
    const lambda = STEP ** step;
    const { distortion, bits } = fitAtLambda(source, lambda);
    const estimate = { distortion, bits: bits + source.positionBits };
    fits.set(step, estimate);
    return estimate;
  };
  const least = leastLambda(source.data);
  return (lambda) => {
    const at = Math.log(Math.max(lambda, least)) / Math.log(STEP);
    const step = Math.floor(at);
    const [low, high, fraction] = [fitted(step), fitted(step + 1), at - step];
    const bits = low.bits + fraction * (high.bits - low.bits);
    if (!(low.distortion > 0)) return { distortion: fraction * high.distortion, bits };
    return { distortion: low.distortion * (high.distortion / low.distortion) ** fraction, bits };
  };
}
