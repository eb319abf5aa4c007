import { fitCodebook, withZero } from "@deep-compression/codebook";
import type { ShapedWeight } from "@deep-compression/inference";
import { floatTensor, type Graph, type Network, type Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { relativeIndex } from "@deep-compression/sparse";
import { drawWeights, type SyntheticLayer } from "./synthetic-network";

/** A layer whose weights are pruned and shared as the paper's are, as a network from "x" to "y". */
export interface SharedLayer {
  readonly name: string;
  /** With the weights dense, float32. */
  readonly network: Network & { readonly graph: Graph };
  /** The weight as a file has it. */
  readonly weight: ShapedWeight;
  readonly dense: Float32Array;
  readonly outputs: number;
  /** Inputs of an output. */
  readonly columns: number;
  /** Part of the weights that is not zero. */
  readonly density: number;
}

/** A fully connected layer as a Gemm, or a convolution of 3 x 3 that keeps the size of its image. */
export function sharedLayer(layer: SyntheticLayer): SharedLayer {
  const { name, clumps, shape, valueBits } = layer;
  const vector = drawWeights(layer);
  const fit = fitCodebook(vector.values, { size: 2 ** valueBits - 1, method: "optimal" });
  const centroids = withZero(fit.centroids);
  const zero = centroids.indexOf(0);
  const codes = fit.codes.map((code) => code + Number(code >= zero));
  const dense = new Float32Array(vector.length);
  for (const [i, position] of vector.positions.entries()) dense[position] = centroids[codes[i]!]!;
  const entries = { length: vector.length, positions: vector.positions, values: codes };
  const gaps = relativeIndex<typeof codes>({ gapBits: 5, filler: zero }).encode(entries as never);
  const layout = { rows: clumps.rows, columns: clumps.columns, order: "row-major" } as const;
  const isConvolution = shape.length === 4;
  const node: Node = {
    op: isConvolution ? "Conv" : "Gemm",
    inputs: ["x", "w"],
    outputs: ["y"],
    attributes: isConvolution ? { pads: [1, 1, 1, 1] } : { transB: 1 },
  };
  const dimensions = isConvolution ? ["N", shape[1]!, "H", "W"] : ["N", shape[1]!];
  const graph: Graph = {
    opset: 17,
    inputs: [{ name: "x", type: "float32", shape: dimensions }],
    outputs: [{ name: "y", type: "float32" }],
    nodes: [node],
  };
  return {
    name,
    network: { graph, tensors: [floatTensor("w", shape, dense)] },
    weight: { shape, stored: { form: "gaps", layout, gaps, centroids } as never },
    dense,
    outputs: clumps.rows,
    columns: clumps.columns,
    density: vector.positions.length / vector.length,
  };
}

/** Activations: normal-like numbers, of which a part is zero as behind a ReLU. */
export function activations(count: number, nonZero: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => (random() < nonZero ? random() + random() - 0.5 : 0));
}

/** @throws Error unless two outputs agree to 1e-4 of their scale */
export function assertAgree(name: string, ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  let [error, scale] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    error = Math.max(error, Math.abs(ours[i]! - theirs[i]!));
    scale = Math.max(scale, Math.abs(theirs[i]!));
  }
  if (ours.length === theirs.length && error <= 1e-4 * scale && scale > 0) return;
  throw new Error(`${name}: outputs differ by ${error}, their scale is ${scale}`);
}
