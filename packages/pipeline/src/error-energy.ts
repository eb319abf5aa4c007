import { elementCount } from "@deep-compression/bits";
import type { PrunedWeights } from "@deep-compression/sparse";
import type { TensorPlan } from "./plan";

/** The mean square of a normal distribution over the square of its mean magnitude. */
const NORMAL_RATIO = Math.PI / 2;

/** The sum of squares that the plan's errors are relative to. */
export function errorEnergy(weights: PrunedWeights, { errorOf }: TensorPlan, shape: readonly number[]): number {
  if (errorOf !== "typical") return weights.energy;
  return Math.min(typicalEnergy(weights), ...[0, 1].map((axis) => energyOfTypicalLines(weights, shape, axis)));
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
