import type { Site } from "./operation";
import { sparseMatrix } from "./sparse-matrix";
import { type SparseProduct, sparseProduct } from "./sparse-product";
import type { ShapedWeight } from "./weight-source";

/**
 * From this density on a dense product is faster for eight items and more, and at one item as fast (measured: a dense weight takes 0.25 ns
 * at one item and 0.05 ns an item at 64, a sparse one 0.25 to 0.5 ns and 0.1 ns). Weights larger than a mebibyte stay sparse all the same.
 */
const DENSE_DENSITY = 0.5;
const LARGEST_DENSE = 2 ** 18;

/** A weight in codes, as it is stored. */
export type CodedShapedWeight = ShapedWeight & {
  readonly stored: Exclude<ShapedWeight["stored"], { form: "raw" }>;
};

/** An input of a node that is a weight in codes; undefined for others. */
export function codedWeight(site: Site, index: number): CodedShapedWeight | undefined {
  const weight = site.stored(index);
  if (weight === undefined || !("stored" in weight) || weight.stored.form === "raw") return undefined;
  // Zero times what is not finite is no zero: such a codebook is multiplied densely.
  return weight.stored.centroids.every(Number.isFinite) ? (weight as CodedShapedWeight) : undefined;
}

/** The product with an input that is a matrix in codes; undefined where there is none, or a dense one is faster. @throws FormatError */
export function sparseOperand(site: Site, index: number, outputs: "rows" | "columns"): SparseProduct | undefined {
  const weight = codedWeight(site, index);
  if (weight === undefined || weight.shape.length !== 2) return undefined;
  const { shape, stored } = weight;
  const columns = shape[1]!;
  const name = site.node.inputs[index]!;
  const matrix = sparseMatrix({ name, shape, stored, columns, outputs });
  const size = matrix.outputs * matrix.inputs;
  if (size <= LARGEST_DENSE && matrix.inputOf.length > DENSE_DENSITY * size) return undefined;
  return sparseProduct(site, matrix);
}
