export { type BitmaskVector, bitmask, decodeMask, onesOfMask, positionOfOne } from "./bitmask";
export { type CompressedColumns, csc } from "./compressed-columns";
export type { CompressedOptions, Matrix } from "./compressed-lines";
export { type CompressedRows, csr } from "./compressed-rows";
export { type DeadUnits, type PrunedLayer, removeDeadUnits } from "./dead-units";
export { type DenseOptions, denseFromBitmask, denseFromGaps, type ScanSlice } from "./dense-from-codes";
export { bernoulliBits, densityClasses } from "./density-classes";
export { estimatedSubmatrixCounts } from "./estimated-submatrices";
export { bitmaskBits, cheapestGapBits, cscBits, csrBits, fillerCount, gapVectorBits } from "./form-sizes";
export { type GapSummary, gapCounts, maskCounts, summarizeGaps } from "./gap-counts";
export { applyMask, keepMask, keepMasks } from "./keep-mask";
export { largestWeights } from "./largest-weights";
export { type LineCounts, lineCounts, type NonZeroPositions, nonEmptyClasses } from "./line-counts";
export { keptCount, magnitudeThreshold } from "./magnitude-threshold";
export { nonZeros } from "./non-zeros";
export { findNotFinite } from "./not-finite";
export { type PrunedWeights, type PruneOptions, prunes, pruneWeights } from "./pruned-weights";
export { inputRmsScores, magnitudeScores } from "./pruning-scores";
export { decodeGaps, type GapVector, type RelativeIndexOptions, relativeIndex } from "./relative-index";
export { type LineScales, scaleScan } from "./scaled-scan";
export {
  type DensityClasses,
  type Layout,
  levelStarts,
  scan,
  scanLength,
  toRowMajor,
  unscan,
} from "./scan-order";
export { scanMask, scanVector } from "./scan-vector";
export { denseVector, type SparseVector, sparseVector, type ZeroOption } from "./sparse-vector";
export { type SubmatrixCounts, submatrixCounts } from "./submatrix-counts";
export { submatrixLevels } from "./submatrix-levels";
export type { Values } from "./value-arrays";
