import { floatTensor, numericValues, type Tensor } from "@deep-compression/network";

/** Digits of a normalization's factors: the weights make up for what rounding changes, so that few are enough. */
const GAIN_DIGITS = 8;

/** Numbers with few significant binary digits, whose low bits are zero and take next to nothing once they are deflated. */
export function roundedGain(gain: Float64Array): Float64Array {
  return gain.map((value) => {
    if (value === 0) return 0;
    const power = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - GAIN_DIGITS);
    return Math.round(value / power) * power;
  });
}

/**
 * Biases with a correction added, as multiples of the largest power of two that is at most `step`: below it bits cost more than they
 * spare.
 */
export function correctedBias(
  tensor: Tensor,
  options: { readonly start: number; readonly correction: Float64Array; readonly step: number },
): Tensor {
  const { start, correction, step } = options;
  const values = Float32Array.from(numericValues(tensor));
  const power = step > 0 ? 2 ** Math.floor(Math.log2(step)) : 0;
  const round =
    power > 0 && Number.isFinite(power) ? (value: number) => Math.round(value / power) * power : Math.fround;
  for (const [row, own] of correction.entries()) values[start + row] = round(values[start + row]! + own);
  return floatTensor(tensor.name, tensor.shape, values);
}

/** The step of a bias at which another bit is worth as much as elsewhere: half of lambda's derivative of step^2 / 12. */
export function stepOfBias(lambda: number, worth: number): number {
  return Math.sqrt((6 * lambda) / (Math.LN2 * worth));
}
