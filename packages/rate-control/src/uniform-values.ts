import { exactCodebook, type QuantizedValues, squaredError } from "@deep-compression/codebook";
import type { RateOptions } from "./rate-distortion";

/** Codes are of 16 bits, and one may be the zero's. */
const MAX_VALUES = 65535;

/** Tries of a finer step, where values that happen to lie badly lose more than theory says. */
const MAX_TRIES = 12;

/**
 * Values rounded to multiples of one step, as coarse as goes with a squared error of `most`. At errors below those that a
 * fitted codebook reaches, far less than its entropy pays for fitting.
 *
 * @returns undefined if that takes more distinct values than codes can tell apart
 */
export function quantizeUniformly(
  values: Float32Array,
  most: number,
  { zeros }: Pick<RateOptions, "zeros">,
): QuantizedValues | undefined {
  // An error anywhere within a step d has a mean square of d^2 / 12.
  let step = Math.sqrt((12 * most) / Math.max(1, values.length));
  for (let tries = 0; tries < MAX_TRIES && step > 0; tries++, step *= 0.9) {
    const rounded = roundedTo(values, step, zeros);
    const shared = exactCodebook(rounded, { maxSize: MAX_VALUES });
    if (shared === undefined) return undefined;
    const distortion = squaredError(values, shared);
    if (distortion <= most) return { ...shared, distortion };
  }
  return undefined;
}

function roundedTo(values: Float32Array, step: number, zeros: RateOptions["zeros"]): Float32Array {
  return values.map((value) => {
    const steps = Math.round(value / step);
    if (steps === 0) return zeros === "keep" && value !== 0 ? Math.sign(value) * step : 0;
    return steps * step;
  });
}
