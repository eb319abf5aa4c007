import { fromFloat16, inFloat16Range, toFloat16 } from "@deep-compression/bits";
import { assign } from "./assign";
import { exactCodebook, type SharedValues } from "./exact-codebook";
import { type FitOptions, fitCodebook } from "./fit-codebook";
import { centroidsBySample } from "./sampled-fit";
import { MOST_SORTED, nonZeroValues } from "./sampled-values";
import { squaredError } from "./squared-error";
import { assignUsed } from "./used-codes";
import { withZero, zeroIndex } from "./zero-centroid";

/** Values that share a few, each of which some value has (Deep Compression, section 3), and the sum of squared errors. */
export interface QuantizedValues extends SharedValues {
  readonly distortion: number;
}

/**
 * Gives values those of a codebook: that of the clusters, or without them the distinct values there are.
 *
 * @param options.clusters as {@link fitCodebook} takes them
 * @param options.zeros "keep": with clusters, zeros are in none of them and stay 0
 * @param options.maxSize most distinct values without clusters; default 65,536
 * @param options.precision "float16" rounds the centroids, unless one is beyond its range, and gives each value the nearest
 * @returns undefined if there are no clusters and more distinct values than `maxSize`, or zeros of both signs
 * @throws as {@link fitCodebook}
 */
export function shareValues(
  values: Float32Array,
  options: {
    readonly clusters?: FitOptions | undefined;
    readonly maxSize?: number;
    readonly precision?: "float16";
    readonly zeros?: "keep";
  },
): QuantizedValues | undefined {
  const { clusters, maxSize, precision, zeros } = options;
  if (clusters !== undefined && zeros === "keep" && values.includes(0)) {
    return clustersBesideZero(values, { clusters, ...(precision && { precision }) });
  }
  const fitted = clusters && fitCodebook(values, clusters);
  const unrounded = fitted?.centroids ?? values;
  const rounded = precision === "float16" && inFloat16Range(unrounded);
  const shared = rounded
    ? assignUsed(values, distinctFloat16(unrounded))
    : (fitted ?? exactCodebook(values, { maxSize }));
  if (shared === undefined) return undefined;
  const { codes, centroids } = shared;
  return { codes, centroids, distortion: squaredError(values, { codes, centroids }) };
}

/** Values that are not 0 as those of the clusters, and a code of their own for those that are. */
function clustersBesideZero(
  values: Float32Array,
  { clusters, precision }: { readonly clusters: FitOptions; readonly precision?: "float16" },
): QuantizedValues {
  const fit = (some: Float32Array) => fitCodebook(some, clusters).centroids;
  const fitted =
    values.length > MOST_SORTED
      ? centroidsBySample(values, { size: clusters.size, zeros: "none", fit })
      : fit(nonZeroValues(values));
  const own = precision === "float16" && inFloat16Range(fitted) ? distinctFloat16(fitted) : fitted;
  const centroids = withZero(own);
  const zero = zeroIndex(own);
  const shift = centroids.length - own.length; // 0 if a cluster's centroid is 0
  const nearest = own.length === 0 ? new Uint8Array(values.length) : assign(values, own);
  const codes = centroids.length > 256 && own.length <= 256 ? new Uint16Array(nearest) : nearest;
  for (let i = 0; i < codes.length; i++) {
    if (values[i] === 0) codes[i] = zero;
    else if (codes[i]! >= zero) codes[i]! += shift;
  }
  return { codes, centroids, distortion: squaredError(values, { codes, centroids }) };
}

/** The distinct values, rounded to float16, ascending; a set makes -0 a 0, small negative values that round to it too. */
function distinctFloat16(values: Float32Array): Float32Array {
  const seen = new Uint8Array(2 ** 16);
  for (let i = 0; i < values.length; i++) seen[toFloat16(values[i]!)] = 1;
  const halves = Array.from(seen.keys()).filter((half) => seen[half] === 1);
  return Float32Array.from(new Set(halves.map(fromFloat16))).sort();
}
