import { elementCount } from "@deep-compression/bits";
import { describeNode, intAttribute, type Node } from "@deep-compression/network";
import type { Site } from "./operation";
import { type SparseFilter, sparseFilter } from "./sparse-filter";
import type { Layouts } from "./sparse-layout";
import { type SparseMatrix, sparseMatrix } from "./sparse-matrix";
import { type SparseProduct, sparseProduct } from "./sparse-product";
import type { Value } from "./value";
import type { ShapedWeight } from "./weight-source";

/**
 * From this density on dense convolutions, and products of many items, are faster: weights that nobody pruned are such. `npm run costs`
 * measures it anew.
 */
export const DENSE_DENSITY = 0.5;

/** Matrices of more elements stay in codes all the same, at about half the memory. Filters in codes take no less than dense ones. */
const LARGEST_DENSE_MATRIX = 2 ** 24;

/** Places in a block of channels are told in 16 bits. */
const MOST_TAPS = 65_536;

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

function isMostlyNonZero({ outputs, inputs, inputOf }: SparseMatrix): boolean {
  return inputOf.length > DENSE_DENSITY * outputs * inputs;
}

/**
 * The product with an input that is a matrix in codes; undefined where there is none, no layout suits it, or a dense one is faster.
 *
 * @throws FormatError
 */
export function sparseOperand(
  site: Site,
  {
    index,
    outputs,
    layouts,
  }: { readonly index: number; readonly outputs: "rows" | "columns"; readonly layouts: Layouts },
): SparseProduct | undefined {
  const weight = codedWeight(site, index);
  if (weight === undefined || weight.shape.length !== 2) return undefined;
  const { shape, stored } = weight;
  const columns = shape[1]!;
  const name = site.node.inputs[index]!;
  const matrix = sparseMatrix({ name, shape, stored, columns, outputs });
  const isDense = isMostlyNonZero(matrix) && matrix.outputs * matrix.inputs <= LARGEST_DENSE_MATRIX;
  return isDense ? undefined : sparseProduct(site, matrix, layouts);
}

/**
 * The filter of a Conv whose weights are in codes; undefined where there are none, or dense ones are faster. The filter's shape may still not
 * fit the input. @throws FormatError
 */
export function sparseConvFilter(site: Site): SparseFilter | undefined {
  const weight = site.stored(0) === undefined ? codedWeight(site, 1) : undefined;
  const [outputs = 0, channels = 0, ...kernel] = weight?.shape ?? [];
  const groups = intAttribute(site.node, "group", 1);
  const [places, taps] = [channels * elementCount(kernel), elementCount(kernel)];
  if (weight === undefined || kernel.length === 0 || kernel.length > 3 || places === 0) return undefined;
  if (taps > MOST_TAPS || !(groups >= 1) || outputs % groups !== 0) return undefined;
  const { shape, stored } = weight;
  const name = site.node.inputs[1]!;
  const matrix = sparseMatrix({ name, shape, stored, columns: places, outputs: "rows" });
  return isMostlyNonZero(matrix) ? undefined : sparseFilter(site, matrix, { groups, taps });
}

/** @throws TypeError naming the node for another type than that of the weight */
export function assertType(node: Node, { type }: Value, expected: string): void {
  if (type !== expected)
    throw new TypeError(`${describeNode(node)}: expected ${expected}, as the weight has, got ${type}`);
}
