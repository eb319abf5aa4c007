import type { LayerShape } from "./rate-aware-pass";

export interface BiasOptions extends LayerShape {
  /** Of each input, in the dense network. */
  readonly denseMeans: Float64Array;
  /** Of each input, in the compressed network. */
  readonly compressedMeans: Float64Array;
}

/**
 * What is added to the biases of a layer so that its outputs have the means of the dense network's: W mu - Q mu', with the dense
 * network's weights and inputs, and the compressed one's (Nagel et al. 2019, section 4.2).
 *
 * @returns one number a row
 */
export function biasCorrection(dense: Float64Array, compressed: Float64Array, options: BiasOptions): Float64Array {
  const { rows, columns, denseMeans, compressedMeans } = options;
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let j = 0, at = row * columns; j < columns; j++, at++) {
      sum += dense[at]! * denseMeans[j]! - compressed[at]! * compressedMeans[j]!;
    }
    return sum;
  });
}
