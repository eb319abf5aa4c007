import { roundToFloat16 } from "@deep-compression/bits";
import { assign, dequantize, fitCodebook } from "@deep-compression/codebook";
import type { ClusterPlan, TensorPlan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { applyMask, keepMask, keptCount, magnitudeScores, sparseVector } from "@deep-compression/sparse";

/** The values that a plan makes of a tensor, said plainly and slowly; for plans that share by clusters or not at all. */
export interface PlannedValues {
  /** After pruning; what is stored if coding does not pay. */
  readonly pruned: Float32Array;
  /** After sharing and rounding as well. */
  readonly shared: Float32Array;
}

/**
 * Prunes by magnitude (Deep Compression, section 2), shares what is left (section 3), rounds centroids to float16: each
 * if the plan says so. `values` must be finite. Where the plan says nothing, the same array comes back.
 */
export function plannedValues(values: Float32Array, plan: TensorPlan): PlannedValues {
  const { sparsity, share = "exact", centroids = "auto", negativeZero = "keep" } = plan;
  const signed = negativeZero === "drop" ? withoutNegativeZero(values) : values;
  const prunes = sparsity !== undefined && keptCount(values.length, { sparsity }) < values.length;
  const pruned = prunes ? prune(signed, sparsity) : signed;
  const fitted = typeof share === "string" || !("size" in share) ? pruned : shareNonZeros(pruned, share as ClusterPlan);
  if (centroids !== "float16" || share === "none") return { pruned, shared: fitted };
  const rounded = roundCentroids(pruned, fitted);
  return { pruned, shared: rounded ?? fitted };
}

function prune(values: Float32Array, sparsity: number): Float32Array {
  return withoutNegativeZero(applyMask(values, keepMask(magnitudeScores(values), { sparsity })));
}

/** Fits the codebook to the weights that are left: zero is no cluster, it stays what it is. */
function shareNonZeros(values: Float32Array, { size, method, init, seed = 1 }: ClusterPlan): Float32Array {
  const kept = sparseVector(values);
  const { centroids, codes } = fitCodebook(kept.values, { size, method, init, random: seededRandom(seed) });
  return scatter({ ...kept, values: dequantize(codes, centroids) });
}

/** Rounds the distinct values, then gives each weight the nearest of them; undefined if one overflows. */
function roundCentroids(values: Float32Array, shared: Float32Array): Float32Array | undefined {
  const kept = sparseVector(values);
  const distinct = new Set(
    roundToFloat16(Float32Array.from(new Set(kept.positions.length > 0 ? pick(shared, kept.positions) : []))),
  );
  const centroids = withoutNegativeZero(Float32Array.from(distinct)).sort();
  if (centroids.some((centroid) => !Number.isFinite(centroid))) return undefined;
  const unique = centroids.filter((centroid, i) => i === 0 || centroid !== centroids[i - 1]);
  return scatter({ ...kept, values: dequantize(assign(kept.values, unique), unique) });
}

function pick(values: Float32Array, positions: Uint32Array): Float32Array {
  return Float32Array.from(positions, (position) => values[position]);
}

function scatter(kept: { length: number; positions: Uint32Array; values: Float32Array }): Float32Array {
  const dense = new Float32Array(kept.length);
  kept.positions.forEach((position, i) => {
    dense[position] = kept.values[i] + 0; // -0 + 0 is 0
  });
  return dense;
}

function withoutNegativeZero(values: Float32Array): Float32Array {
  return values.map((value) => value + 0);
}
