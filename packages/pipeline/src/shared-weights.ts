import { type Codes, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { assign, exactCodebook, fitCodebook } from "@deep-compression/codebook";
import { seededRandom } from "@deep-compression/runtime";
import { inFloat16Range, MAX_CENTROIDS } from "./centroid-bytes";
import { codesFor } from "./coded-tensor";
import type { KeptWeights } from "./kept-weights";
import { type ClusterPlan, isRatePlan, type TensorPlan } from "./plan";

/** Weights that share values. */
export interface SharedWeights {
  /** As in {@link KeptWeights}; weights whose shared value is 0 are left out. */
  readonly positions?: Uint32Array;
  readonly codes: Codes;
  /** Ascending, distinct, each used. */
  readonly centroids: Float32Array;
  /** Sum of squared errors against the tensor as it came. */
  readonly distortion: number;
}

/**
 * The codebook that the plan asks for, fitted or exact (Deep Compression, section 3), rounded to float16 if it says so and no
 * centroid is beyond its range.
 * Zero is no cluster, it stays what it is. Undefined if an exact one has no place for all the distinct values.
 */
export function shareWeights(kept: KeptWeights, plan: TensorPlan): SharedWeights | undefined {
  const { share = "exact", centroids: precision = "auto" } = plan;
  const fitted = typeof share === "object" && !isRatePlan(share) ? clusters(kept, share) : undefined;
  const rounded = precision === "float16" ? roundedCodes(kept, fitted) : undefined;
  const found = rounded ?? fitted ?? exactCodebook(kept.values, { maxSize: mostDistinct(kept, plan) });
  if (found === undefined) return undefined;
  const { codes, centroids } = found;
  const distortion = kept.pruned + distortionOf(kept.values, { codes, centroids });
  return withoutZeros({ positions: kept.positions, codes, centroids, distortion });
}

/** Distinct values that codes can tell apart; of those that are not zero one less if zero has a code as well. */
function mostDistinct({ length, positions }: KeptWeights, { form }: TensorPlan): number {
  const zero = positions !== undefined && (positions.length < length || form === "gaps" || form === "bitmask");
  return zero ? MAX_CENTROIDS - 1 : MAX_CENTROIDS;
}

interface CodedValues {
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

function clusters({ values }: KeptWeights, { size, method, init, seed = 1 }: ClusterPlan): CodedValues {
  return fitCodebook(values, { size, method, init, random: seededRandom(seed) });
}

/** Rounds the distinct values, then gives each weight the nearest of them; undefined if one overflows. */
function roundedCodes({ values }: KeptWeights, fitted: CodedValues | undefined): CodedValues | undefined {
  const centroids = fitted?.centroids ?? values;
  if (!inFloat16Range(centroids)) return undefined;
  const rounded = distinctHalves(centroids);
  return usedOnly({ codes: assign(values, rounded), centroids: rounded });
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

/** Without centroids that are the nearest of no weight. */
function usedOnly({ codes, centroids }: CodedValues): CodedValues {
  const used = new Uint8Array(centroids.length);
  for (let i = 0; i < codes.length; i++) used[codes[i]] = 1;
  if (!used.includes(0)) return { codes, centroids };
  return {
    ...recoded(codes, { used, entries: codes.length }),
    centroids: centroids.filter((_, code) => used[code] === 1),
  };
}

function distortionOf(values: Float32Array, { codes, centroids }: CodedValues): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const error = values[i] - centroids[codes[i]];
    sum += error * error;
  }
  return sum;
}

/** Leaves out weights whose shared value is 0, where positions are told. */
export function withoutZeros(shared: SharedWeights): SharedWeights {
  const { positions, codes, centroids } = shared;
  const zero = centroids.indexOf(0);
  if (positions === undefined || zero < 0) return shared;
  const used = new Uint8Array(centroids.length).fill(1);
  used[zero] = 0;
  let entries = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) entries++;
  const kept = new Uint32Array(entries);
  for (let i = 0, entry = 0; entry < entries; i++) if (codes[i] !== zero) kept[entry++] = positions[i];
  const { codes: left } = recoded(codes, { used, entries });
  return { ...shared, positions: kept, codes: left, centroids: centroids.filter((_, code) => code !== zero) };
}

/** The codes that are used, renumbered without the others. */
function recoded(
  codes: Codes,
  options: { readonly used: Uint8Array; readonly entries: number },
): { readonly codes: Codes } {
  const { used, entries } = options;
  const renumbered = new Uint16Array(used.length);
  let next = 0;
  for (let code = 0; code < used.length; code++) {
    renumbered[code] = next;
    next += used[code];
  }
  const left = codesFor(next, entries);
  for (let i = 0, entry = 0; entry < entries; i++) if (used[codes[i]] === 1) left[entry++] = renumbered[codes[i]];
  return { codes: left };
}
