import { quadraticError } from "@deep-compression/calibration";
import type { WeightMatrices } from "./layer";
import type { LayerBatch } from "./layer-statistics";

/** The sum of squares of a layer's outputs about their means, each times its gain. */
export function outputEnergy(
  { rows, columns }: Pick<WeightMatrices, "rows" | "columns">,
  weights: Float64Array,
  { hessians, gain }: { readonly hessians: readonly Float64Array[]; readonly gain: Float64Array | undefined },
): number {
  const curvature = Float64Array.from({ length: rows * hessians.length }, (_, row) => (gain?.[row] ?? 1) ** 2);
  return hessians.reduce((sum, hessian, group) => {
    const own = weights.subarray(group * rows * columns, (group + 1) * rows * columns);
    const ofRows = curvature.subarray(group * rows, (group + 1) * rows);
    return sum + quadraticError(own, { rows, columns, hessian, curvature: ofRows });
  }, 0);
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
        const value = skip.dense[from + row * skip.inner]!;
        sums[row]! += value;
        squares[row]! += value * value;
      }
      count++;
    }
  }
  return squares.reduce((sum, square, row) => sum + square - sums[row]! ** 2 / Math.max(1, count), 0);
}
