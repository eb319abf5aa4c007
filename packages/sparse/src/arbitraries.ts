export {
  bitmaskVectors,
  compressedColumns,
  compressedRows,
  gapVectors,
} from "./arbitrary-encoded";
export { layouts, matrices, type PrunedChainConstraints, prunedChains } from "./arbitrary-matrices";
export {
  type Mutated,
  mutatedBitmaskVectors,
  mutatedCompressedRows,
  mutatedGapVectors,
} from "./arbitrary-mutated";
export {
  type LengthConstraints,
  masks,
  nonZeroWeights,
  scores,
  sparseVectors,
  sparsities,
  type WeightConstraints,
  weights,
} from "./arbitrary-weights";
