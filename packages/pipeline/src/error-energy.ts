import { elementCount, isFloat16 } from "@deep-compression/bits";
import type { PrunedWeights } from "@deep-compression/sparse";
import { matrixOf } from "@deep-compression/tensor-codec";
import type { TensorPlan } from "./plan";

/** The mean square of a normal distribution over the square of its mean magnitude. */
const NORMAL_RATIO = Math.PI / 2;

/** The sum of squares that the plan's errors are relative to. */
export function errorEnergy(weights: PrunedWeights, { errorOf }: TensorPlan, shape: readonly number[]): number {
  if (errorOf === "rows" || errorOf === "columns") return energyOfLines(weights, shape, errorOf);
  if (errorOf !== "typical") return weights.energy;
  const energies = [0, 1].map((axis) => energyOfTypicalLines(weights, shape, axis));
  return Math.min(typicalEnergy(weights), ...energies) / (isComputed(weights.values) ? OF_COMPUTED : 1);
}

/** Errors of a computed table count so many times: what it makes of its input is wanted to the last digit, as logarithms are. */
const OF_COMPUTED = 64;

/** In a computed table each magnitude stands at least so often on average; trained weights of float32 hardly ever repeat. */
const REPEATS = 4;

/** Of more elements, no table is expected. */
const MOST_COMPUTED = 2 ** 21;

/**
 * Whether values were computed and not trained, as a Fourier basis or a window: their magnitudes repeat. So do those that
 * come from float16 or bfloat16, which are trained all the same.
 */
function isComputed(values: Float32Array): boolean {
  if (values.length < REPEATS || values.length > MOST_COMPUTED) return false;
  if (isFloat16(values) || isBfloat16(values)) return false;
  const magnitudes = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    magnitudes.add(Math.abs(values[i]!));
    if (magnitudes.size > values.length / REPEATS) return false;
  }
  return true;
}

function isBfloat16(values: Float32Array): boolean {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return bits.every((one) => (one & 0xffff) === 0);
}

/** As if every line had the energy that is the harmonic mean of all: equal errors are then as large, relative to each line on average. */
function energyOfLines(weights: PrunedWeights, shape: readonly number[], lines: "rows" | "columns"): number {
  const { values, positions, energy } = weights;
  const { rows, columns } = matrixOf(shape);
  const energies = new Float64Array(lines === "rows" ? rows : columns);
  for (let i = 0; i < values.length; i++) {
    const at = positions === undefined ? i : positions[i]!;
    energies[lines === "rows" ? Math.floor(at / columns) : at % columns]! += values[i]! * values[i]!;
  }
  const own = energies.filter((one) => one > 0); // a line of zeros has no error
  const least = (LEAST_LINE * energy) / energies.length;
  const inverse = own.reduce((sum, one) => sum + 1 / Math.max(one, least), 0);
  return own.length === 0 ? energy : Math.min(energy, own.length ** 2 / inverse);
}

/** As if the weights were normal, with the mean magnitude that they have: a few far out count little. */
function typicalEnergy({ values, energy }: PrunedWeights): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += Math.abs(values[i]!);
    if (values[i] !== 0) count++;
  }
  return count === 0 ? energy : Math.min(energy, (NORMAL_RATIO * sum * sum) / count);
}

/** A line of less than this, of the mean of all, counts as if it had so much: it may well be of no use. */
const LEAST_LINE = 1e-6;

/**
 * As if every line along an axis had the energy that is the geometric mean of all: where filters, or what they see, differ in
 * scale, as where a normalization is folded into them, the small ones count as much as the large ones.
 */
function energyOfTypicalLines(
  { values, positions, energy }: PrunedWeights,
  shape: readonly number[],
  axis: number,
): number {
  const lines = shape[axis] ?? 1;
  if (lines < 2 || shape.length < 2 || !(energy > 0)) return energy;
  const stride = elementCount(shape.slice(axis + 1));
  const energies = new Float64Array(lines);
  for (let i = 0; i < values.length; i++) {
    const at = positions === undefined ? i : positions[i]!;
    energies[Math.floor(at / stride) % lines]! += values[i]! * values[i]!;
  }
  const least = (LEAST_LINE * energy) / lines;
  const logarithms = energies.reduce((sum, one) => sum + Math.log(Math.max(one, least)), 0);
  return Math.min(energy, lines * Math.exp(logarithms / lines));
}
