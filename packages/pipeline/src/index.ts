export type { CentroidPrecision } from "./centroid-bytes";
export { type Codec, chain } from "./codec";
export { type Compressed, compress } from "./compress";
export { decompress, readTensor } from "./decompress";
export {
  type BitsPerEntry,
  type Ledger,
  type LedgerBytes,
  type LedgerRow,
  ledgerOf,
  ledgerTotals,
} from "./ledger";
export { FREE_ELEMENTS, MAX_CODED_ELEMENTS, MAX_ELEMENTS_PER_BYTE } from "./limits";
export { type OpenedWeights, openWeights, type StoredWeights } from "./open-weights";
export type { Plan, SharePlan, TensorPlan } from "./plan";
export { type CodedForm, type Form, SECTION_KINDS } from "./section-flags";
export type { ReadOptions } from "./stored-tensor";
export { expandWeight, type StoredWeight } from "./stored-weight";
