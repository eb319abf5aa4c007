import { elementCount } from "@deep-compression/bits";
import type { ElementType, Tensor } from "@deep-compression/network";
import { mostDistortion } from "@deep-compression/rate-control";
import type { LineScales, PrunedWeights } from "@deep-compression/sparse";
import {
  greatestValues,
  matrixOf,
  type SharedWeights,
  sharedElements,
  sharedWeights,
} from "@deep-compression/tensor-codec";
import { isByteType } from "./integer-weights";
import type { TensorPlan } from "./plan";
import { convertedValues, ownValues, sharedValues } from "./shared-values";

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
export function scaledValues(weights: PrunedWeights, plan: TensorPlan, tensor: Tensor): SharedWeights[] {
  const { errorOf, maxError = 0 } = plan;
  if ((errorOf !== "rows" && errorOf !== "columns") || maxError === 0 || weights.pruned > 0) return [];
  const { shape, type } = tensor;
  if (isByteType(type)) return []; // integers have scales of their own
  const matrix = matrixOf(shape);
  const lines = matrix[errorOf];
  if (weights.length < LEAST_ELEMENTS || lines < 2 || weights.length < LEAST_LINE * lines) return [];
  const found = overScales(weights, matrix, errorOf);
  if (found === undefined) return [];
  const distortionOf = distortionAgainst(ownValues(tensor, weights), { type, positions: weights.positions });
  const most = mostDistortion(maxError, weights.energy);
  for (let aim = maxError, tries = 0; tries < MOST_TRIES; tries++) {
    // Centroids are float32 whatever the type of the tensor: elements are converted once they are scaled.
    const ways = sharedValues(
      found.weights,
      { ...plan, maxError: aim, errorOf: "energy" },
      { ...tensor, type: "float32" },
    )
      .map((shared) => ({ ...sharedWeights(found.weights, shared, shape), scales: found.scales }))
      .map((shared) => ({ ...shared, distortion: distortionOf(shared) }))
      .filter(({ distortion }) => Number.isFinite(distortion));
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
}

/** The squared error of what comes back, in the type of the tensor; infinite if an element may not be finite. */
function distortionAgainst(
  own: Float32Array | Float64Array,
  { type, positions }: { readonly type: ElementType } & Pick<PrunedWeights, "positions">,
): (shared: SharedWeights) => number {
  return (shared) => {
    const elements = convertedValues(type, sharedElements(shared, 0, elementCount(shared.shape)));
    if (elements === undefined || convertedValues(type, greatestValues(shared)) === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    let distortion = 0;
    for (let i = 0; i < own.length; i++) distortion += (own[i]! - elements[positions?.[i] ?? i]!) ** 2;
    return distortion;
  };
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
  return { weights: { ...weights, values: scaled, energy }, scales: { [lines]: scales } };
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
