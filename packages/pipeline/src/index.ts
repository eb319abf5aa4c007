export type { CentroidPrecision } from "./centroid-bytes";
export { type CompressOptions, compress, compressFrom } from "./compress";
export type { Compressed } from "./compression";
export { decompress, readTensor } from "./decompress";
export { decompressTensors } from "./decompress-tensors";
export {
  type BitsPerEntry,
  type Ledger,
  type LedgerBytes,
  type LedgerRow,
  ledgerOf,
  ledgerTotals,
} from "./ledger";
export { FREE_ELEMENTS, MAX_CODED_ELEMENTS, MAX_ELEMENTS_PER_BYTE } from "./limits";
export { type OpenedNetwork, openNetwork } from "./open-network";
export { type OpenedWeights, openWeights, type StoredWeights } from "./open-weights";
export type { ClusterPlan, Plan, RatePlan, SharePlan, TensorPlan } from "./plan";
export { type CodedForm, type Form, SECTION_KINDS } from "./section-flags";
export type { ReadOptions } from "./stored-tensor";
export { expandWeight, type StoredWeight } from "./stored-weight";
export type { SourceTensor, TensorSource } from "./tensor-source";
