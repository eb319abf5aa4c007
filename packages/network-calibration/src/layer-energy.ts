import type { WeightMatrices } from "./layer";
import type { LayerBatch } from "./layer-statistics";

/**
 * The sum of squares of a layer's outputs about their means, each times its gain.
 *
 * @param options.moments of outputs and inputs, W H, group by group
 */
export function outputEnergy(
  { rows, columns }: Pick<WeightMatrices, "rows" | "columns">,
  weights: Float64Array,
  { moments, gain }: { readonly moments: readonly Float64Array[]; readonly gain: Float64Array | undefined },
): number {
  let energy = 0;
  for (const [group, own] of moments.entries()) {
    for (let row = 0; row < rows; row++) {
      const from = (group * rows + row) * columns;
      let square = 0;
      for (let j = 0; j < columns; j++) square += weights[from + j]! * own[row * columns + j]!;
      energy += (gain?.[group * rows + row] ?? 1) ** 2 * square;
    }
  }
  return energy;
}

/** The sum of squares, about their means, of what is added to a layer's outputs, at sampled positions. */
export function skipEnergy(rows: number, batches: readonly LayerBatch[], positions: readonly Uint32Array[]): number {
  const sums = new Float64Array(rows);
  const squares = new Float64Array(rows);
  let count = 0;
  for (const [i, { skip }] of batches.entries()) {
    if (skip === undefined) continue;
    for (const position of positions[i]!) {
      const outer = Math.floor(position / skip.inner);
      const from = outer * rows * skip.inner + (position - outer * skip.inner);
      for (let row = 0; row < rows; row++) {
        const value = skip.values[from + row * skip.inner]!;
        sums[row]! += value;
        squares[row]! += value * value;
      }
      count++;
    }
  }
  return squares.reduce((sum, square, row) => sum + square - sums[row]! ** 2 / Math.max(1, count), 0);
}
