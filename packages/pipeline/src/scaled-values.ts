import { mostDistortion } from "@deep-compression/rate-control";
import type { LineScales, PrunedWeights } from "@deep-compression/sparse";
import { areFinite, matrixOf, type SharedWeights, sharedWeights } from "@deep-compression/tensor-codec";
import type { TensorPlan } from "./plan";
import { sharedValues } from "./shared-values";

/** Of fewer elements scales take more than they spare. */
const LEAST_ELEMENTS = 64;
/** So do scales of lines of fewer elements. */
const LEAST_LINE = 4;

/** As many times a tensor's values are shared anew where its own error comes out above the bound. */
const MOST_TRIES = 4;

/**
 * Weights that share values once each line is divided by its scale, in one way or several, within the error that the plan allows of
 * each line; none where the plan does not ask for errors of lines, or scales cannot pay.
 */
export function scaledValues(weights: PrunedWeights, plan: TensorPlan, shape: readonly number[]): SharedWeights[] {
  const { errorOf, maxError = 0 } = plan;
  if ((errorOf !== "rows" && errorOf !== "columns") || maxError === 0 || weights.pruned > 0) return [];
  const matrix = matrixOf(shape);
  const lines = matrix[errorOf];
  if (weights.length < LEAST_ELEMENTS || lines < 2 || weights.length < LEAST_LINE * lines) return [];
  const found = overScales(weights, matrix, errorOf);
  if (found === undefined) return [];
  const most = mostDistortion(maxError, weights.energy);
  for (let aim = maxError, tries = 0; tries < MOST_TRIES; tries++) {
    const ways = sharedValues(found.weights, { ...plan, maxError: aim, errorOf: "energy" }, shape)
      .map((shared) => ({ ...sharedWeights(found.weights, shared, shape), scales: found.scales }))
      .filter(({ scales, centroids }) => areFinite(scales, centroids))
      .map((shared) => ({ ...shared, distortion: found.distortionOf(shared) }));
    const worst = Math.max(0, ...ways.map(({ distortion }) => distortion));
    if (worst <= most) return ways;
    aim *= (0.999 * most) / worst;
  }
  return [];
}

/** Weights over the scales of their lines. */
interface ScaledWeights {
  readonly weights: PrunedWeights;
  readonly scales: LineScales;
  /** The squared error of the weights as they came. */
  readonly distortionOf: (shared: SharedWeights) => number;
}

/** Undefined if one is not finite then. */
function overScales(
  weights: PrunedWeights,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  lines: keyof LineScales,
): ScaledWeights | undefined {
  const { values, positions } = weights;
  const lineOf = (at: number) => (lines === "rows" ? Math.floor(at / columns) : at % columns);
  const place = (i: number) => (positions === undefined ? i : positions[i]!);
  const energies = new Float64Array(lines === "rows" ? rows : columns);
  for (let i = 0; i < values.length; i++) energies[lineOf(place(i))]! += values[i]! ** 2;
  const each = weights.length / energies.length;
  const scales = Float32Array.from(energies, (energy) => roundedScale(Math.sqrt(energy / each)));
  const scaled = values.map((value, i) => value / scales[lineOf(place(i))]!);
  const energy = scaled.reduce((sum, value) => sum + value * value, 0);
  if (!Number.isFinite(energy)) return undefined;
  const distortionOf = ({ positions: kept, codes, centroids }: SharedWeights) => {
    let [error, entry] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const at = place(i);
      const isKept = kept === undefined || kept[entry] === at;
      const element = isKept
        ? Math.fround(scales[lineOf(at)]! * centroids[codes[kept === undefined ? i : entry++]!]!)
        : 0;
      error += (values[i]! - element) ** 2;
    }
    return error;
  };
  return { weights: { ...weights, values: scaled, energy }, scales: { [lines]: scales }, distortionOf };
}

/** Scales in bits of a float16's mantissa, behind the leading one: with two of them its low byte is 0. */
const MANTISSA_STEPS = 4;

/** The least and the greatest scale: normal numbers of float16. */
const [LEAST_SCALE, GREATEST_SCALE] = [2 ** -14, 2 ** 15];

/** The scale rounded to two bits behind the leading one: that moves the error of a line by a tenth or so. A line of zeros has 1. */
function roundedScale(scale: number): number {
  if (scale === 0) return 1;
  const within = Math.min(GREATEST_SCALE, Math.max(LEAST_SCALE, scale));
  const step = 2 ** Math.floor(Math.log2(within)) / MANTISSA_STEPS;
  return step * Math.round(within / step);
}
