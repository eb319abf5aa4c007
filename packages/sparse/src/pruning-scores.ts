import { checkFloats, checkInteger, checkNumber, checkNumbers } from "@deep-compression/runtime";
import { checkNoNaN } from "./not-finite";

/**
 * The paper's pruning scores (Deep Compression, section 2): |w| * multiplier (default 1; to weigh tensors against each other
 * under one threshold).
 *
 * @throws RangeError if a weight is NaN, which it names, or the multiplier not above 0
 */
export function magnitudeScores(weights: Float32Array, options: { readonly multiplier?: number } = {}): Float32Array {
  const { multiplier = 1 } = options;
  checkFloats("weights", weights);
  checkNumber("multiplier", multiplier, { minimum: 0, except: 0 });
  checkNoNaN("weights", weights);
  const scores = new Float32Array(weights.length);
  for (let i = 0; i < weights.length; i++) scores[i] = Math.abs(weights[i]!) * multiplier;
  return scores;
}

/**
 * Pruning scores by input: |w| * rms of the weight's input * multiplier (default 1), how much a weight contributes to its
 * unit's sum on typical data. A weight that only ever sees zeros scores 0.
 *
 * @param weights a row-major [rows, columns] matrix
 * @param options.inputRms an element for each input, that is, for each `columnsPerInput` columns
 * @param options.columnsPerInput default 1; kh * kw for a convolution [O, I, kh, kw], which is a matrix [O, I * kh * kw]
 * @throws RangeError if a weight is not finite, an rms negative or not finite, or lengths do not agree
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
    scores[i] = Math.abs(weights[i]!) * inputRms[Math.floor(column / columnsPerInput)]! * multiplier;
    if (++column === columns) column = 0;
  }
  return scores;
}
