import type { PrunedWeights } from "@deep-compression/sparse";
import { type RateEstimate, rateCurve } from "./rate-curve";
import { leastLambda, type RateOptions, rateSource } from "./rate-distortion";

/** The rate and the distortion of a tensor at any lambda, as far as a sample of its weights tells. */
export interface TensorRate {
  readonly at: (lambda: number) => RateEstimate;
  /** Weights that pruning has left. */
  readonly count: number;
  /** Sum of squares of the tensor as it came, above 0. */
  readonly energy: number;
  /** Below this its values are not shared more finely. */
  readonly lambdaLeast: number;
}

/** Values that are sampled of a tensor: a fit to so few is quick, and what they do not tell is corrected. */
const SAMPLED_VALUES = 2 ** 12;

/** Samples a tensor. */
export function tensorRate(weights: PrunedWeights, options: RateOptions): TensorRate {
  const { values, pruned, energy } = weights;
  const count = values.length;
  if (count === 0) {
    return { at: () => ({ distortion: pruned, bits: 0 }), count, energy, lambdaLeast: Number.POSITIVE_INFINITY };
  }
  const source = rateSource(weights, { ...options, mostSorted: SAMPLED_VALUES });
  const lambdaLeast = Math.max(Number.MIN_VALUE, leastLambda(source.data));
  return { at: rateCurve(source), count, energy, lambdaLeast };
}
