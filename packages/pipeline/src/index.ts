export { MAX_ELEMENTS_PER_BYTE } from "@deep-compression/tensor-codec";
export {
  CERTIFICATE_KEY,
  type Certificate,
  type CertifiedOutput,
  certificateMetadata,
  readCertificate,
} from "./certificate";
export { type CompressOptions, compress, compressFrom, compressModel } from "./compress";
export {
  type CompressionByTrials,
  compressByTrials,
  type TrialOptions,
  type WeightTrial,
} from "./compression-by-trials";
export type { DeclinedKind } from "./declined";
export { type DefaultPlanOptions, defaultPlan } from "./default-plan";
export type { Compressed } from "./encode-network";
export { FREE_ELEMENTS, MAX_CODED_ELEMENTS, type ReadOptions } from "./expansion-limit";
export { type FileSizes, type Ledger, type LedgerRow, ledgerTotals, type TensorSize } from "./ledger";
export {
  compressMeasured,
  type Measured,
  type MeasuredCompression,
  type MeasuredOptions,
  type Meter,
  measureCompressed,
  type Tightened,
} from "./measured-compression";
export { type OpenedFile, open, tensorsOfStream } from "./open";
export type { ClusterPlan, Plan, RatePlan, SharePlan, TensorPlan } from "./plan";
export type { ReadableFile } from "./readable-file";
export type { StoredWeightOf, StoredWeights } from "./stored-weights";
