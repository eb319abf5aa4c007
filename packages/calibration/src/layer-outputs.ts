import { addProduct } from "@deep-compression/kernels";
import { checkLength, checkTypedArray } from "@deep-compression/runtime";
import type { LayerShape } from "./rate-aware-pass";

/**
 * What a layer makes of its inputs: X W^T, without the bias.
 *
 * @param inputs row by row, as many values each as there are columns
 * @param weights rows x columns
 * @returns a row of outputs for each row of inputs
 * @throws TypeError, RangeError unless the rows are whole
 */
export function layerOutputs(inputs: Float32Array, weights: Float64Array, { rows, columns }: LayerShape): Float32Array {
  checkTypedArray("inputs", inputs, Float32Array);
  checkTypedArray("weights", weights, Float64Array);
  checkLength("weights", weights.length, rows * columns);
  const count = inputs.length / columns;
  if (!Number.isInteger(count)) {
    throw new RangeError(`inputs: expected whole rows of ${columns} values, got ${inputs.length} values`);
  }
  const outputs = new Float32Array(count * rows);
  addProduct(
    { values: outputs, start: 0, stride: rows },
    { values: inputs, start: 0, stride: columns },
    { values: Float32Array.from(weights), start: 0, stride: columns },
    { rows: count, columns: rows, depth: columns, right: "transposed" },
  );
  return outputs;
}

/**
 * W H: the second moments, about their means, of a layer's outputs (left) and its inputs (right), whose own are the Hessian H.
 *
 * @param weights rows x columns
 * @param hessian columns x columns, symmetric: `products` of {@link crossMoments}
 * @returns rows x columns
 * @throws TypeError, RangeError if sizes do not fit
 */
export function outputMoments(
  weights: Float64Array,
  hessian: Float64Array,
  { rows, columns }: LayerShape,
): Float64Array {
  checkTypedArray("weights", weights, Float64Array);
  checkLength("weights", weights.length, rows * columns);
  checkTypedArray("hessian", hessian, Float64Array);
  checkLength("hessian", hessian.length, columns * columns);
  const moments = new Float64Array(rows * columns);
  const part = (values: Float64Array) => ({ values, start: 0, stride: columns });
  addProduct(part(moments), part(weights), part(hessian), { rows, columns, depth: columns });
  return moments;
}
