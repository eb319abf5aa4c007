import { checkFloats, checkInteger, checkNumber, checkNumbers } from "@deep-compression/runtime";
import { checkNoNaN } from "./not-finite";

/**
 * |w| * multiplier (default 1; to weigh tensors against each other under one threshold): the paper's pruning score
 * (Deep Compression, section 2). RangeError for a NaN weight, which it names, or a multiplier that is not above 0.
 */
export function magnitudeScores(weights: Float32Array, options: { readonly multiplier?: number } = {}): Float32Array {
  const { multiplier = 1 } = options;
  checkFloats("weights", weights);
  checkNumber("multiplier", multiplier, { minimum: 0, except: 0 });
  checkNoNaN("weights", weights);
  const scores = new Float32Array(weights.length);
  for (let i = 0; i < weights.length; i++) scores[i] = Math.abs(weights[i]) * multiplier;
  return scores;
}

/**
 * |w| * rms of the weight's input * multiplier: how much the weight contributes to its unit's sum on typical data.
 * A weight that only ever sees zeros scores 0.
 *
 * `weights` is a row-major [rows, columns] matrix. `inputRms` has one element a column; or, with `columnsPerInput` = s,
 * one element for each block of s columns: a convolution [O, I, kh, kw] is a matrix [O, I * kh * kw], so an rms for
 * each of its I channels goes with `columnsPerInput: kh * kw`.
 * RangeError for weights that are not finite, an rms that is negative or not finite, or lengths that do not agree.
 */
export function inputRmsScores(
  weights: Float32Array,
  options: { readonly inputRms: Float32Array; readonly columnsPerInput?: number; readonly multiplier?: number },
): Float32Array {
  const { inputRms, columnsPerInput = 1, multiplier = 1 } = options;
  checkNumbers("weights", checkFloats("weights", weights));
  checkNumbers("inputRms", checkFloats("inputRms", inputRms), { minimum: 0 });
  checkInteger("columnsPerInput", columnsPerInput, { minimum: 1, maximum: 2 ** 32 });
  checkNumber("multiplier", multiplier, { minimum: 0, except: 0 });
  const columns = inputRms.length * columnsPerInput;
  if (columns === 0 ? weights.length !== 0 : weights.length % columns !== 0) {
    throw new RangeError(`weights: expected whole rows of ${columns} columns, got ${weights.length} elements`);
  }
  const scores = new Float32Array(weights.length);
  for (let i = 0, column = 0; i < weights.length; i++) {
    scores[i] = Math.abs(weights[i]) * inputRms[Math.floor(column / columnsPerInput)] * multiplier;
    if (++column === columns) column = 0;
  }
  return scores;
}
