import { seededRandom } from "@deep-compression/runtime";
import { type PrunedWeights, pruneWeights } from "@deep-compression/sparse";

/** Laplace-shaped weights, as those of trained layers are, some of which are zero. */
export function laplaceWeights(options: { readonly count: number; readonly density: number; readonly scale: number }) {
  const { count, density, scale } = options;
  const random = seededRandom(11);
  return Float32Array.from({ length: count }, () => {
    const sign = random() < 0.5 ? -scale : scale;
    return random() < density ? sign * (0.2 - Math.log(1 - random())) : 0;
  });
}

/** Of finite weights. */
export function pruned(values: Float32Array, sparsity?: number): PrunedWeights {
  const weights = pruneWeights(values, { positions: "always", ...(sparsity !== undefined && { sparsity }) });
  if (weights === undefined) throw new Error("unreachable: all weights are finite");
  return weights;
}
