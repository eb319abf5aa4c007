import { fromFloat16, inFloat16Range, toFloat16 } from "@deep-compression/bits";
import { assign } from "./assign";
import { exactCodebook } from "./exact-codebook";
import { type CodebookFit, type FitOptions, fitCodebook } from "./fit-codebook";
import { squaredError } from "./squared-error";
import { keepUsed } from "./used-codes";

/** Values as codes of a codebook whose centroids are all used (Deep Compression, section 3), and the sum of squared errors. */
export type QuantizedValues = Pick<CodebookFit, "codes" | "centroids" | "distortion">;

/**
 * Gives values those of a codebook: that of the clusters, or without them the distinct values there are.
 *
 * @param options.clusters as {@link fitCodebook} takes them
 * @param options.maxSize most distinct values without clusters; default 65,536
 * @param options.precision "float16" rounds the centroids, unless one is beyond its range, and gives each value the nearest
 * @returns undefined if there are no clusters and more distinct values than `maxSize`, or zeros of both signs
 * @throws as {@link fitCodebook}
 */
export function shareValues(
  values: Float32Array,
  options: { readonly clusters?: FitOptions | undefined; readonly maxSize?: number; readonly precision?: "float16" },
): QuantizedValues | undefined {
  const { clusters, maxSize, precision } = options;
  const fitted = clusters && fitCodebook(values, clusters);
  const rounded = precision === "float16" ? roundedCodebook(values, fitted) : undefined;
  const found = rounded ?? fitted ?? exactCodebook(values, { maxSize });
  if (found === undefined) return undefined;
  const { codes, centroids } = found;
  return { codes, centroids, distortion: squaredError(values, { codes, centroids }) };
}

/** Rounds the distinct values, then gives each weight the nearest of them; undefined if one overflows. */
function roundedCodebook(values: Float32Array, fitted: CodebookFit | undefined) {
  const centroids = fitted?.centroids ?? values;
  if (!inFloat16Range(centroids)) return undefined;
  const rounded = distinctHalves(centroids);
  return keepUsed(assign(values, rounded), rounded);
}

/** The distinct values, rounded to float16, ascending; -0 is 0. */
function distinctHalves(values: Float32Array): Float32Array {
  const seen = new Uint8Array(2 ** 16);
  for (let i = 0; i < values.length; i++) seen[toFloat16(values[i] + 0)] = 1;
  seen[toFloat16(0)] |= seen[toFloat16(-0)]; // small negative values round to -0
  seen[toFloat16(-0)] = 0;
  const bits = Uint16Array.from(seen.keys()).filter((half) => seen[half] === 1);
  return Float32Array.from(bits, fromFloat16).sort();
}
