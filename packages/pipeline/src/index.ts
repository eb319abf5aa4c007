export type { CentroidPrecision } from "../../tensor-codec/src/codebook-bytes";
export { type Codec, chain } from "./codec";
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
export { type CodedForm, type Form, SECTION_KINDS } from "../../tensor-codec/src/section-flags";
export type { ReadOptions } from "./stored-tensor";
export { expandWeight, type StoredWeight } from "../../tensor-codec/src/stored-weight";
export type { SourceTensor, TensorSource } from "./tensor-source";
