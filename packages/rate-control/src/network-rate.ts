import { exactCodebook } from "@deep-compression/codebook";
import type { PrunedWeights } from "@deep-compression/sparse";
import { type RateEstimate, rateCurve } from "./rate-curve";
import { leastLambda, type RateOptions, rateSource } from "./rate-distortion";

/** The rate and the distortion of a tensor at any lambda, as far as a sample of its weights tells. */
export interface TensorRate {
  readonly at: (lambda: number) => RateEstimate;
  /** Sum of squares of the tensor as it came. */
  readonly energy: number;
  /** From here on all its weights are not worth a bit; 0 if pruning has left none. */
  readonly lambdaMost: number;
  /** Below this its values are not shared more finely. */
  readonly lambdaLeast: number;
  /** Bytes of its elements, if it has too many values to be coded exactly. */
  readonly rawBytes: number;
}

/** Those of all tensors that share values by one lambda. */
export type NetworkRate = TensorRate;

/** Values that are sampled of each tensor: a fit to so few is quick, and what they do not tell is corrected. */
const SAMPLED_VALUES = 2 ** 12;

/** Samples a tensor. */
export function tensorRate(weights: PrunedWeights, options: RateOptions): TensorRate {
  const { values, pruned, energy, length } = weights;
  if (values.length === 0) {
    const at = () => ({ distortion: pruned, bits: 0 });
    return { at, energy, lambdaMost: 0, lambdaLeast: Number.POSITIVE_INFINITY, rawBytes: 0 };
  }
  const source = rateSource(weights, { ...options, mostSorted: SAMPLED_VALUES });
  return {
    at: rateCurve(source),
    energy,
    lambdaMost: energy,
    lambdaLeast: Math.max(Number.MIN_VALUE, leastLambda(source.data)),
    rawBytes: exactCodebook(values) === undefined ? 4 * length : 0,
  };
}

/** The sum of tensors. */
export function networkRate(tensors: readonly TensorRate[]): NetworkRate {
  const sum = (of: (tensor: TensorRate) => number) => tensors.reduce((total, tensor) => total + of(tensor), 0);
  const lambdaMost = Math.max(Number.MIN_VALUE, ...tensors.map((tensor) => tensor.lambdaMost));
  return {
    at: (lambda) => {
      const estimates = tensors.map(({ at }) => at(lambda));
      const total = (part: keyof RateEstimate) => estimates.reduce((all, estimate) => all + estimate[part], 0);
      return { distortion: total("distortion"), bits: total("bits") };
    },
    energy: sum(({ energy }) => energy),
    lambdaMost,
    lambdaLeast: Math.min(lambdaMost, ...tensors.map(({ lambdaLeast }) => lambdaLeast)),
    rawBytes: sum(({ rawBytes }) => rawBytes),
  };
}
