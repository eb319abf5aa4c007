import { checkInteger } from "@deep-compression/runtime";
import { checkFloats } from "./check";
import { checkNoNaN } from "./finite";

/**
 * |w| * multiplier (default 1; to weigh tensors against each other under one threshold): the paper's pruning score
 * (Deep Compression, section 2). RangeError for a NaN weight, which it names, or a multiplier that is not above 0.
 */
export function magnitudeScores(weights: Float32Array, options: { readonly multiplier?: number } = {}): Float32Array {
  const { multiplier = 1 } = options;
  checkFloats("weights", weights);
  checkMultiplier(multiplier);
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
  checkFloats("weights", weights);
  checkInputRms(inputRms);
  checkInteger("columnsPerInput", columnsPerInput, { minimum: 1, maximum: 2 ** 32 });
  checkMultiplier(multiplier);
  const columns = inputRms.length * columnsPerInput;
  if (columns === 0 ? weights.length !== 0 : weights.length % columns !== 0) {
    throw new RangeError(`weights: expected whole rows of ${columns} columns, got ${weights.length} elements`);
  }
  const scores = new Float32Array(weights.length);
  for (let i = 0, column = 0; i < weights.length; i++) {
    if (!Number.isFinite(weights[i])) throw new RangeError(`weights[${i}]: expected finite, got ${weights[i]}`);
    scores[i] = Math.abs(weights[i]) * inputRms[Math.floor(column / columnsPerInput)] * multiplier;
    if (++column === columns) column = 0;
  }
  return scores;
}

function checkInputRms(inputRms: Float32Array): void {
  checkFloats("inputRms", inputRms);
  for (let i = 0; i < inputRms.length; i++) {
    if (!(inputRms[i] >= 0 && inputRms[i] < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`inputRms[${i}]: expected finite and at least 0, got ${inputRms[i]}`);
    }
  }
}

function checkMultiplier(multiplier: number): void {
  if (!(multiplier > 0 && multiplier < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`multiplier: expected finite and above 0, got ${multiplier}`);
  }
}
