import { allocateCodes } from "@deep-compression/bits";
import { type QuantizedValues, squaredError } from "@deep-compression/codebook";
import type { RateOptions } from "./rate-distortion";

/** Codes are of 16 bits, and one may be the zero's. */
const MAX_VALUES = 65535;

/** Tries of a finer step, where values that happen to lie badly lose more than theory says. */
const MAX_TRIES = 12;

/**
 * Values rounded to multiples of one step, as coarse as goes with a squared error of `most`. At errors below those that a
 * fitted codebook reaches, fitting spares next to nothing.
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
    const shared = roundedTo(values, step, zeros);
    if (shared === undefined) return undefined;
    const distortion = squaredError(values, shared);
    if (distortion <= most) return { ...shared, distortion };
  }
  return undefined;
}

function roundedTo(values: Float32Array, step: number, zeros: RateOptions["zeros"]) {
  const stepsOf = (value: number) => {
    const steps = Math.round(value / step);
    return steps === 0 ? (zeros === "keep" ? Math.sign(value) : 0) : steps;
  };
  const distinct = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    distinct.add(stepsOf(values[i]!));
    if (distinct.size > MAX_VALUES) return undefined;
  }
  const sorted = Float64Array.from(distinct).sort();
  const centroids = Float32Array.from(sorted, (steps) => steps * step);
  // Steps so small that a float32 does not tell them apart are finer than the values themselves.
  if (centroids.some((centroid, code) => centroid === centroids[code - 1])) return undefined;
  const codeOf = new Map(Array.from(sorted, (steps, code) => [steps, code] as const));
  const codes = allocateCodes(centroids.length, values.length);
  for (let i = 0; i < values.length; i++) codes[i] = codeOf.get(stepsOf(values[i]!)) ?? 0;
  return { codes, centroids };
}
