import { checkFloats } from "@deep-compression/runtime";
import { checkMask } from "./check-arguments";
import { keptCount } from "./magnitude-threshold";
import { selectLargest } from "./select-largest";

/**
 * The mask of the weights that stay: 1 for the {@link keptCount} of the largest scores, 0 for the others; exact in count,
 * ties to the lower index.
 *
 * @param scores at least 0 ({@link magnitudeScores}, {@link inputRmsScores} or your own)
 * @throws RangeError if a score is NaN or negative, which it names, or `sparsity` is not in 0..1
 */
export function keepMask(scores: Float32Array, options: { readonly sparsity: number }): Uint8Array {
  return keepMasks([scores], options)[0]!;
}

/**
 * The masks of several tensors by one threshold, as if their scores were one long array: the whole is exactly as sparse as
 * wanted, each tensor as its scores deserve. Ties go to the earlier tensor, then to the lower index.
 *
 * @throws as {@link keepMask}
 */
export function keepMasks(scores: readonly Float32Array[], options: { readonly sparsity: number }): Uint8Array[] {
  scores.forEach((values, tensor) => {
    checkScores(scores.length === 1 ? "scores" : `scores[${tensor}]`, values);
  });
  const count = scores.reduce((sum, values) => sum + values.length, 0);
  const kept = keptCount(count, options);
  if (kept === 0) return scores.map((values) => new Uint8Array(values.length));
  let { threshold, ties } = selectLargest(scores, kept);
  return scores.map((values) => {
    const mask = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const score = values[i]!;
      if (score > threshold || (score === threshold && ties-- > 0)) mask[i] = 1;
    }
    return mask;
  });
}

/** A copy of the weights, +0 where the mask is 0, whatever was there. @throws TypeError, RangeError for another mask */
export function applyMask(weights: Float32Array, mask: Uint8Array): Float32Array {
  checkFloats("weights", weights);
  checkMask("mask", mask, weights.length);
  const kept = new Float32Array(weights.length);
  for (let i = 0; i < weights.length; i++) {
    if (mask[i] === 1) kept[i] = weights[i]!;
  }
  return kept;
}

function checkScores(name: string, scores: Float32Array): void {
  checkFloats(name, scores);
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i]! >= 0)) throw new RangeError(`${name}[${i}]: expected a score of at least 0, got ${scores[i]}`);
  }
}
